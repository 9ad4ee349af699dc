#![deny(deprecated)]

intake::include_intake!("IN0611.json");

fn main() {}
