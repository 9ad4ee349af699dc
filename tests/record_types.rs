//! Record types of the user's that fit the manifest: that this compiles is half of the test.
#![allow(missing_docs, reason = "the types are part of a test")]

mod common;

use common::{Collected, Vendor};
use intake::Workflow;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

mod generated {
    intake::include_intake!("manifests/customers.json");
}

mod own {
    intake::include_intake!("manifests/customers.json", records(customers = super::Customer, sign_up = super::SignUp));
}

mod by_hand {
    intake::include_intake!(
        "manifests/customers.json",
        records(customers = unchecked std::collections::BTreeMap<String, serde_json::Value>, sign_up = serde_json::Value),
    );
}

mod knotted {
    intake::include_intake!("manifests/customers.json", records(customers = super::Knotted, sign_up = intake::Value));
}

mod flattened {
    intake::include_intake!("manifests/customers.json", records(customers = super::Flattened, sign_up = intake::Value));
}

type Maybe<T> = Option<T>;

/// A type that the check knows nothing of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timestamp(String);

/// With every attribute that has a say in what is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
#[serde(rename_all = "camelCase")]
#[intake(ignore("extra_one", "extra_two"))]
pub struct Customer {
    id: u64,
    full_name: String,
    #[serde(rename = "type")]
    kind: Kind,
    note: Maybe<String>,
    tags: Vec<Box<str>>,
    parts: Vec<Part>,
    at: Timestamp,
    ratio: f32,
    #[serde(default)]
    vip: bool,
    #[serde(skip)]
    seen: usize,
    /// In no record: the manifest of another vendor gives it.
    since: Maybe<Timestamp>,
    #[serde(default, deserialize_with = "nothing")]
    never: (),
}

fn nothing<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(drop)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Customer,
}

/// It is in itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
pub struct Part {
    #[serde(alias = "label")]
    name: Name,
    parts: Option<Vec<Part>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
pub struct Name(String);

/// Two that are in each other: `unchecked` ends the circle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
pub struct Knot {
    name: String,
    parts: Option<Vec<Loop>>,
}

/// The other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
pub struct Loop {
    name: String,
    #[intake(unchecked)]
    parts: Option<Box<Knot>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
#[serde(rename_all = "camelCase")]
#[intake(ignore("type", "note", "tags", "ratio", "vip", "extra_one", "extra_two"))]
pub struct Knotted {
    id: u64,
    full_name: String,
    parts: Vec<Knot>,
    at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
pub struct Flattened {
    #[serde(rename(deserialize = "fullName"))]
    name: String,
    parts: Vec<HashMap<String, serde_json::Value>>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, intake::Record)]
#[serde(tag = "event")]
pub enum SignUp {
    Created { id: u64 },
    Deleted { id: u64 },
}

fn customer() -> serde_json::Value {
    json!({"data": [{
        "id": 9_007_199_254_740_993_u64, "first": "Ada", "last": "Lovelace", "tags": ["a", 1], "at": "1815",
        "parts": [{"name": "x", "parts": [{"name": "y"}]}], "won": 1, "all": 2, "vip": true,
    }]})
}

async fn poll<P: intake::Polling<Record: Clone>>(intake: &P) -> P::Record {
    let vendor = Vendor::answering(|_| customer()).await;
    let records = Collected::default();
    vendor.runtime().poll(&Workflow::new("w"), intake, records.sink()).await.unwrap();
    records.records().remove(0)
}

#[tokio::test]
async fn a_record_is_read_as_each_of_them() {
    let record = poll(&generated::Customers::default()).await;
    assert_eq!(record.id, json!(9_007_199_254_740_993_u64));
    assert_eq!((record.full_name.as_str(), record.note, record.vip), ("Ada Lovelace", None, Some(true)));
    assert_eq!((record.tags, record.ratio), (vec!["a".to_owned(), "1".to_owned()], 0.5));
    assert_eq!((record.parts[0].name.as_str(), &record.parts[0].parts), ("x", &json!([{"name": "y"}]).into()));

    let record = poll(&own::Customers::default()).await;
    assert_eq!((record.id, record.kind, record.vip), (9_007_199_254_740_993, Kind::Customer, true));
    assert_eq!(record.parts[0].parts.as_ref().unwrap()[0].name, Name("y".to_owned()));

    let record = poll(&by_hand::Customers::default()).await;
    assert_eq!((&record["extra_one"], &record["fullName"]), (&json!(1), &json!("Ada Lovelace")));

    let record = poll(&knotted::Customers::default()).await;
    assert_eq!(record.parts[0].parts.as_ref().unwrap()[0].name, "y");

    let record = poll(&flattened::Customers::default()).await;
    assert_eq!((record.name.as_str(), &record.others["at"]), ("Ada Lovelace", &json!("1815")));
}

#[tokio::test]
async fn no_number_is_null_and_nan_again() {
    let vendor = Vendor::answering(|_| json!({"data": [{"id": 1, "tags": [], "parts": [], "won": 0, "all": 0}]})).await;
    let records = Collected::default();
    let intake = generated::Customers::default();
    vendor.runtime().poll(&Workflow::new("w"), &intake, records.sink()).await.unwrap();
    assert!(records.records()[0].ratio.is_nan());
    assert_eq!(records.json()[0]["ratio"], json!(null));
}
