intake::include_intake!("IN0204.json");

fn main() {}
