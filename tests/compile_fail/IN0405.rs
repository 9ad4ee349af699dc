intake::include_intake!("IN0405.json");

fn main() {}
