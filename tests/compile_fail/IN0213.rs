intake::include_intake!("IN0213.json");

fn main() {}
