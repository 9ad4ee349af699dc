intake::include_intake!("one_mistake.json", samples("nowhere"));

fn main() {}
