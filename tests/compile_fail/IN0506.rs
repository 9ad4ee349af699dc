#![deny(deprecated)]

intake::include_intake!("IN0506.json");

fn main() {}
