intake::include_intake!("IN0114.json");

fn main() {}
