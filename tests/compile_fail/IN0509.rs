intake::include_intake!("IN0509.json");

fn main() {}
