intake::include_intake!("IN0201.json");

fn main() {}
