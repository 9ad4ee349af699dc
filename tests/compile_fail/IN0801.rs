#![deny(deprecated)]

intake::include_intake!("IN0801.json");

fn main() {}
