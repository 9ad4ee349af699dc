#![deny(deprecated)]

intake::include_intake!("IN0525.json");

fn main() {}
