intake::include_intake!("IN0323.json");

fn main() {}
