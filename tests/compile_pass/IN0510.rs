#![deny(warnings)]

intake::include_intake!("IN0510.json");

fn main() {}
