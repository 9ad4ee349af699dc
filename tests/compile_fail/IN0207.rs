intake::include_intake!("IN0207.json");

fn main() {}
