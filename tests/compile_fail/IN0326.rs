#![deny(deprecated)]

intake::include_intake!("IN0326.json");

fn main() {}
