intake::include_intake!("IN0318.json");

fn main() {}
