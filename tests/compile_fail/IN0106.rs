intake::include_intake!("IN0106.json");

fn main() {}
