intake::include_intake!("IN0504.json");

fn main() {}
