#![deny(deprecated)]

intake::include_intake!("IN0322.json");

fn main() {}
