intake::include_intake!("IN0523.json");

fn main() {}
