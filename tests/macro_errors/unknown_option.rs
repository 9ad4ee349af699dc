intake::include_intake!("../manifests/stripe-events.json", name = "stripe");

fn main() {}
