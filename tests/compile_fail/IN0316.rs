intake::include_intake!("IN0316.json");

fn main() {}
