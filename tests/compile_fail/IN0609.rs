#![deny(deprecated)]

intake::include_intake!("IN0609.json");

fn main() {}
