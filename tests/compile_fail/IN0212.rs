intake::include_intake!("IN0212.json");

fn main() {}
