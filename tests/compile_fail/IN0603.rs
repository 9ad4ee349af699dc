#![deny(deprecated)]

intake::include_intake!("IN0603.json");

fn main() {}
