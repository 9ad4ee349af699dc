intake::include_intake!("IN0511.json");

fn main() {}
