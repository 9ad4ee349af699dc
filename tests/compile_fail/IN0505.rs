intake::include_intake!("IN0505.json");

fn main() {}
