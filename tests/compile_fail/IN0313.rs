intake::include_intake!("IN0313.json");

fn main() {}
