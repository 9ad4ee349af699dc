intake::include_intake!("IN0311.json");

fn main() {}
