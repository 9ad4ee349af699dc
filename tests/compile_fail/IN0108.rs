intake::include_intake!("IN0108.json");

fn main() {}
