intake::include_intake!("misspelled_field.json");

fn main() {}
