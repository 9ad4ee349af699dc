intake::include_intake!("IN0620.json");

fn main() {}
