//! Inputs without serde's derive.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, clippy::pedantic)]

use ::intake_runtime::private as rt;
use ::std::assert_eq;
use rt::{Option, String, ToString};

/// As a compiler would generate them.
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Issues {
    /// What the customer configured.
    pub custom_data: CustomData,
}

/// Fields.
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct CustomData {
    /// `repo`
    pub repo: String,
    /// `form-field`
    pub form_field: Option<String>,
    /// `type`
    pub r#type: rt::Json,
    /// Names that the macro's own code uses.
    pub map: Option<rt::Json>,
    /// Likewise.
    pub key: Option<rt::Json>,
}

/// Nothing is read.
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct HistoricalSync {}

rt::inputs! { Issues { custom_data: "custom_data" } }
rt::inputs! { CustomData { repo: "repo", form_field: "form-field", r#type: "type", map: "map", key: "key" } }
rt::inputs! { HistoricalSync {} }

fn read<T: rt::serde::de::DeserializeOwned>(json: &str) -> rt::Result<T, String> {
    ::serde_json::from_str(json).map_err(|error| error.to_string())
}

fn error<T: rt::serde::de::DeserializeOwned>(json: &str) -> String {
    read::<T>(json).err().unwrap_or_default()
}

#[test]
fn they_survive_a_round_trip() {
    let json = r#"{"custom_data":{"repo":"a/b","form-field":"x","type":{"n":1},"map":null,"key":[2]}}"#;
    let inputs: Issues = read(json).unwrap();
    assert_eq!(inputs.custom_data.form_field.as_deref(), rt::Some("x"));
    let written = ::serde_json::to_string(&inputs).unwrap();
    ::std::assert!(read::<Issues>(&written).unwrap() == inputs);
    assert_eq!(written, json);
    // The order of keys does not matter.
    let inputs: Issues = read(r#"{"custom_data":{"type":1,"repo":"a\u002fb"}}"#).unwrap();
    assert_eq!((inputs.custom_data.repo.as_str(), inputs.custom_data.form_field), ("a/b", rt::None));
    ::std::assert!(read::<HistoricalSync>("{}").is_ok());
    assert_eq!(::serde_json::to_string(&HistoricalSync {}).unwrap(), "{}");
}

#[test]
fn what_does_not_fit_is_named() {
    let missing = error::<Issues>(r#"{"custom_data":{"type":1}}"#);
    ::std::assert!(missing.contains("missing field `repo`"), "{missing}");
    let unknown = error::<CustomData>(r#"{"repos":"x"}"#);
    ::std::assert!(
        unknown.contains("unknown field `repos`, expected one of `repo`, `form-field`, `type`"),
        "{unknown}"
    );
    let unknown = error::<HistoricalSync>(r#"{"x":1}"#);
    ::std::assert!(unknown.contains("unknown field `x`, there are no fields"), "{unknown}");
    let twice = error::<CustomData>(r#"{"repo":"x","repo":"y"}"#);
    ::std::assert!(twice.contains("duplicate field `repo`"), "{twice}");
    let wrong = error::<Issues>(r"[1]");
    ::std::assert!(wrong.contains("an object with the inputs of Issues"), "{wrong}");
}

#[test]
fn debug_shows_no_value() {
    let inputs: Issues = read(r#"{"custom_data":{"repo":"private","type":"private"}}"#).unwrap();
    assert_eq!(
        ::std::format!("{inputs:?} {:?} {:?}", inputs.custom_data, HistoricalSync {}),
        "Issues { .. } CustomData { .. } HistoricalSync { .. }"
    );
}
