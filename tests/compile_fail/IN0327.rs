intake::include_intake!("IN0327.json");

fn main() {}
