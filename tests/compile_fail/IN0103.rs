intake::include_intake!("IN0103.json");

fn main() {}
