intake::include_intake!("IN0110.json");

fn main() {}
