#![deny(deprecated)]

intake::include_intake!("IN0622.json");

fn main() {}
