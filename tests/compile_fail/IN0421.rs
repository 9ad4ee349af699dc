#![deny(deprecated)]

intake::include_intake!("IN0421.json");

fn main() {}
