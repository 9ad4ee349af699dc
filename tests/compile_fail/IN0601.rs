intake::include_intake!("IN0601.json");

fn main() {}
