#![deny(deprecated)]

intake::include_intake!("IN0215.json");

fn main() {}
