intake::include_intake!("IN0304.json");

fn main() {}
