#[derive(intake::Record)]
union Either {
    one: u8,
    two: u8,
}

#[derive(intake::Record)]
#[intake(skip("id"))]
struct Unknown {
    id: u8,
}

#[derive(intake::Record)]
struct Misplaced {
    #[intake(ignore("id"))]
    id: u8,
}

fn main() {}
