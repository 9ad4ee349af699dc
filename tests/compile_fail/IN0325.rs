#![deny(deprecated)]

intake::include_intake!("IN0325.json");

fn main() {}
