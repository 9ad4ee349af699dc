intake::include_intake!("IN0101.json");

fn main() {}
