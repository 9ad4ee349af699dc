intake::include_intake!("IN0501.json");

fn main() {}
