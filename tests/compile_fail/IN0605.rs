intake::include_intake!("IN0605.json");

fn main() {}
