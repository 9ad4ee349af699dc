intake::include_intake!("IN0104.json");

fn main() {}
