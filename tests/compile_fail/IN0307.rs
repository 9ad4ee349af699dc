#![deny(deprecated)]

intake::include_intake!("IN0307.json");

fn main() {}
