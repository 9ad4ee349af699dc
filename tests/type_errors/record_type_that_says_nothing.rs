mod crm {
    intake::include_intake!("customers.json", records(customers = crate::Customer));
}

#[derive(serde::Deserialize)]
pub struct Customer {
    pub id: u64,
}

fn main() {}
