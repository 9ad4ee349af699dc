#![deny(deprecated)]

intake::include_intake!("IN0608.json");

fn main() {}
