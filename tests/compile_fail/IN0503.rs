intake::include_intake!("IN0503.json");

fn main() {}
