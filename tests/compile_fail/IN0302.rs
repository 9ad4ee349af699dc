intake::include_intake!("IN0302.json");

fn main() {}
