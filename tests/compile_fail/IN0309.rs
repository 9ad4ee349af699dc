intake::include_intake!("IN0309.json");

fn main() {}
