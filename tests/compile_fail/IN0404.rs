intake::include_intake!("IN0404.json");

fn main() {}
