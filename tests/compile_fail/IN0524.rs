intake::include_intake!("IN0524.json");

fn main() {}
