intake::include_intake!("IN0111.json");

fn main() {}
