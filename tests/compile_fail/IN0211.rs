intake::include_intake!("IN0211.json");

fn main() {}
