intake::include_intake!("IN0102.json");

fn main() {}
