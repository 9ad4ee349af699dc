intake::include_intake!("IN0107.json");

fn main() {}
