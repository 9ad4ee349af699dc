//! The thin async runtime that compiled intakes call.

pub mod auth;
pub mod clock;
pub mod connections;
#[cfg(feature = "sqlite")]
#[doc(hidden)]
pub mod control;
mod data;
pub mod error;
pub mod event;
mod hash;
pub mod http;
mod inputs;
pub mod inspect;
pub mod intake;
pub mod jq;
#[doc(hidden)]
pub mod native;
pub mod outbox;
mod polling;
#[doc(hidden)]
pub mod private;
mod random;
pub mod report;
pub mod runtime;
#[doc(hidden)]
pub mod scan;
pub mod schedule;
pub mod secret;
pub mod service;
pub mod sink;
pub mod store;
#[doc(hidden)]
pub mod takes;
#[cfg(feature = "otel")]
pub mod telemetry;
mod text;
mod turns;
pub mod types;
mod unread;
pub mod url;
pub mod value;
pub mod webhook;
pub mod workflow;
