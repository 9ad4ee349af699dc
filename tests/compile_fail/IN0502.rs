intake::include_intake!("IN0502.json");

fn main() {}
