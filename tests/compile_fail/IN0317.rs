intake::include_intake!("IN0317.json");

fn main() {}
