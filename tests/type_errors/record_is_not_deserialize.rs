intake::include_intake!("../manifests/stripe-events.json", records(stripe_events = unchecked Event));

pub struct Event;

fn main() {}
