intake::include_intake!("IN0203.json");

fn main() {}
