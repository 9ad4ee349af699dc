intake::include_intake!("IN0606.json");

fn main() {}
