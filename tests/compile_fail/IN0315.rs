intake::include_intake!("IN0315.json");

fn main() {}
