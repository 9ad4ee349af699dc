#![deny(deprecated)]

intake::include_intake!("IN0610.json");

fn main() {}
