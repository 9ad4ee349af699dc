intake::include_intake!("IN0206.json");

fn main() {}
