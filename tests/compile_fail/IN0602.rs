#![deny(deprecated)]

intake::include_intake!("IN0602.json");

fn main() {}
