intake::include_intake!("IN0303.json");

fn main() {}
