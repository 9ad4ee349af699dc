intake::include_intake!("IN0109.json");

fn main() {}
