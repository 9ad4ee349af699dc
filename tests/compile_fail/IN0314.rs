intake::include_intake!("IN0314.json");

fn main() {}
