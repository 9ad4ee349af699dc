#![deny(deprecated)]

intake::include_intake!("IN0216.json");

fn main() {}
