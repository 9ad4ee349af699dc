intake::include_intake!("IN0406.json");

fn main() {}
