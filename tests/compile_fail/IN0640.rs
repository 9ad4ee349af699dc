#![deny(deprecated)]

intake::include_intake!("IN0640.json");

fn main() {}
