mod crm {
    intake::include_intake!("customers.json", records(customers = crate::Customer));
}

/// `email` and `zip` are misspelled, `note` may be null, `tags` is an array, `source` is nowhere.
#[derive(serde::Deserialize, intake::Record)]
pub struct Customer {
    pub id: u64,
    pub e_mail: String,
    pub note: String,
    pub address: Address,
    pub tags: String,
    pub source: String,
}

#[derive(serde::Deserialize, intake::Record)]
#[serde(rename_all = "UPPERCASE")]
pub struct Address {
    #[serde(rename = "city")]
    pub town: String,
    pub zip: Option<i64>,
}

fn main() {}
