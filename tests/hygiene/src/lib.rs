//! Generated code compiles wherever its user puts it: that this crate compiles (and passes clippy) is the test.
#![no_implicit_prelude]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused,
    single_use_lifetimes,
    unused_qualifications,
    unused_results,
    let_underscore_drop,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
#![forbid(unsafe_code)]

/// In a module, with another module beside it that has the same names.
pub mod github {
    ::renamed::include_intake!("../../manifests/github-hooks.json");
}

/// A second manifest in the same crate.
pub mod zoom {
    ::renamed::include_intake!("../../manifests/zoom-verification.json");
}

/// A record type of the user's own, by a path that is relative to the call.
pub mod stripe {
    /// What the user makes of an event.
    #[derive(Debug, Clone, Copy)]
    pub struct Event;

    impl<'de> ::renamed::__private::serde::Deserialize<'de> for Event {
        fn deserialize<D>(deserializer: D) -> ::core::result::Result<Self, D::Error>
        where
            D: ::renamed::__private::serde::Deserializer<'de>,
        {
            let _ignored =
                <::renamed::__private::Json as ::renamed::__private::serde::Deserialize>::deserialize(deserializer)?;
            ::core::result::Result::Ok(Self)
        }
    }

    ::renamed::include_intake!("../../manifests/stripe-events.json", app = "stripe", records(stripe_events = unchecked Event));
}

/// Intakes and fields with the names that generated code would least like.
pub mod names {
    ::renamed::include_intake!("names.json");
}

/// Names that would shadow what careless code relies on.
pub mod shadowed {
    #![allow(missing_docs, non_camel_case_types)]
    #[derive(Debug)]
    pub struct Option;
    #[derive(Debug)]
    pub struct Result;
    #[derive(Debug)]
    pub struct String;
    #[derive(Debug)]
    pub struct Vec;
    #[derive(Debug)]
    pub struct Box;
    #[derive(Debug)]
    pub struct Some;
    #[derive(Debug)]
    pub struct Ok;
    #[derive(Debug)]
    pub struct str;
    #[derive(Debug)]
    pub struct u8;
    pub mod core {}
    pub mod std {}
    pub mod serde {}
    pub mod rt {}
    ::renamed::include_intake!("../../manifests/github-hooks.json");
}

/// A record type that is checked.
pub mod checked {
    /// What the user makes of an event.
    #[derive(Debug, Clone, PartialEq, Eq, ::serde::Deserialize, ::renamed::Record)]
    #[intake(ignore("created", "object_id"), crate = ::renamed)]
    #[serde(rename_all = "camelCase")]
    pub struct Event {
        /// Its id.
        pub id: ::std::string::String,
        /// What has happened.
        pub r#type: ::std::option::Option<::std::string::String>,
        /// How much.
        #[serde(default)]
        pub amount: ::std::primitive::u64,
        /// Of what.
        #[serde(rename = "currency")]
        pub unit: ::std::boxed::Box<::std::primitive::str>,
    }

    ::renamed::include_intake!("../../manifests/stripe-events.json", records(stripe_events = Event));
}

/// Inside a function.
#[must_use]
pub const fn in_a_function() -> &'static str {
    ::renamed::include_intake!("../../manifests/paypal.json");
    <PaypalWebhook as ::renamed::Intake>::META.name
}
