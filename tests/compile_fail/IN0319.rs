intake::include_intake!("IN0319.json");

fn main() {}
