intake::include_intake!("IN0320.json");

fn main() {}
