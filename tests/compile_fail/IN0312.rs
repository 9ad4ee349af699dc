#![deny(deprecated)]

intake::include_intake!("IN0312.json");

fn main() {}
