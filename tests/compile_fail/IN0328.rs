#![deny(deprecated)]

intake::include_intake!("IN0328.json");

fn main() {}
