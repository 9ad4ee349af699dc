//! The thin async runtime that compiled intakes call.

pub mod auth;
pub mod event;
mod hash;
pub mod http;
mod inputs;
pub mod intake;
pub mod jq;
#[doc(hidden)]
pub mod private;
pub mod secret;
pub mod store;
mod text;
pub mod url;
pub mod value;
pub mod workflow;
