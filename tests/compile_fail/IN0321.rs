#![deny(deprecated)]

intake::include_intake!("IN0321.json");

fn main() {}
