//! The thin async runtime that compiled intakes call.

pub mod error;
pub mod event;
pub mod intake;
mod outbox;
mod polling;
pub mod report;
pub mod runtime;
pub mod sink;
pub mod store;
mod turns;
pub mod value;
pub mod webhook;
