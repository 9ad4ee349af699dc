intake::include_intake!("IN0202.json");

fn main() {}
