intake::include_intake!("IN0407.json");

fn main() {}
