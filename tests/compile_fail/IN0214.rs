intake::include_intake!("IN0214.json");

fn main() {}
