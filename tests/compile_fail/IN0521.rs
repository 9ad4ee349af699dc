intake::include_intake!("IN0521.json");

fn main() {}
