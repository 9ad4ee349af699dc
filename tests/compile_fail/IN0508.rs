intake::include_intake!("IN0508.json");

fn main() {}
