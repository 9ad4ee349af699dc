intake::include_intake!("IN0607.json");

fn main() {}
