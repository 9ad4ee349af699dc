#![deny(deprecated)]

intake::include_intake!("IN0305.json");

fn main() {}
