#![deny(deprecated)]

intake::include_intake!("IN0324.json");

fn main() {}
