intake::include_intake!("IN0113.json");

fn main() {}
