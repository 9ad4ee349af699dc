intake::include_intake!("IN0105.json");

fn main() {}
