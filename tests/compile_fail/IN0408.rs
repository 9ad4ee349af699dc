#![deny(deprecated)]

intake::include_intake!("IN0408.json");

fn main() {}
