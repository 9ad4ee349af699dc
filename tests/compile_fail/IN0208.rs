intake::include_intake!("IN0208.json");

fn main() {}
