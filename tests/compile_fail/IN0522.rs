intake::include_intake!("IN0522.json");

fn main() {}
