intake::include_intake!("IN0621.json");

fn main() {}
