intake::include_intake!("IN0310.json");

fn main() {}
