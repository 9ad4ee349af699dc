intake::include_intake!("IN0403.json");

fn main() {}
