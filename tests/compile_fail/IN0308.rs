#![deny(deprecated)]

intake::include_intake!("IN0308.json");

fn main() {}
