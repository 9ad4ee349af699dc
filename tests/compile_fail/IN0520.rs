intake::include_intake!("IN0520.json");

fn main() {}
