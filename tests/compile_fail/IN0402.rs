intake::include_intake!("IN0402.json");

fn main() {}
