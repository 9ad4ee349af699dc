intake::include_intake!("../manifests/stripe-events.json", records(stripe_event = Event));

pub struct Event;

fn main() {}
