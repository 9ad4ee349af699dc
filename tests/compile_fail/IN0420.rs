#![deny(deprecated)]

intake::include_intake!("IN0420.json");

fn main() {}
