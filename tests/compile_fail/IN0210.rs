#![deny(deprecated)]

intake::include_intake!("IN0210.json");

fn main() {}
