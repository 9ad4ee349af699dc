#![deny(deprecated)]

intake::include_intake!("IN0526.json");

fn main() {}
