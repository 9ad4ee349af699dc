//! The thin async runtime that compiled intakes call.

pub mod event;
pub mod intake;
pub mod store;
pub mod value;
