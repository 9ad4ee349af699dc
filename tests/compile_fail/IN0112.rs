intake::include_intake!("IN0112.json");

fn main() {}
