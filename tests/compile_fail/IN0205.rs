intake::include_intake!("IN0205.json");

fn main() {}
