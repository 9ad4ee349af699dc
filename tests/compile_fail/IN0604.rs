#![deny(deprecated)]

intake::include_intake!("IN0604.json");

fn main() {}
