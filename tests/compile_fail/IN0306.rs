intake::include_intake!("IN0306.json");

fn main() {}
