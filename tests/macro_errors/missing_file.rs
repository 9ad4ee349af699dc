intake::include_intake!("no-such-manifest.json");

fn main() {}
