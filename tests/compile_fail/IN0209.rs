intake::include_intake!("IN0209.json");

fn main() {}
