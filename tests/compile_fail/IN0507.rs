#![deny(deprecated)]

intake::include_intake!("IN0507.json");

fn main() {}
