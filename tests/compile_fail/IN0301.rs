intake::include_intake!("IN0301.json");

fn main() {}
