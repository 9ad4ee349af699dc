intake::include_intake!("IN0401.json");

fn main() {}
