#![deny(deprecated)]

intake::include_intake!("IN0217.json");

fn main() {}
