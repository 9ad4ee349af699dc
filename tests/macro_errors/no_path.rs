intake::include_intake!(manifest);

fn main() {}
