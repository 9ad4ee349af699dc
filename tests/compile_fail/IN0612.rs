intake::include_intake!("IN0612.json");

fn main() {}
