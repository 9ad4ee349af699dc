//! The compiler behind intake: the text of a manifest in, Rust tokens and diagnostics out.
//!
//! Data flows one way: [`source`] → [`json`] → [`manifest`] (with [`template`] and [`jq`] for what strings hold)
//! → [`flow`] → [`check`] → `lower` → `ir` → `codegen`; [`compile`] is all of it on one screen. Each phase reports to a [`diagnostic::Sink`] and goes on.
//!
//! This crate prints nothing, does no I/O and is not covered by semver: use `include_intake!`, `intake-build` or the
//! `intake` command.

#![forbid(unsafe_code)]

pub mod check;
mod codegen;
pub mod compile;
pub mod diagnostic;
pub mod fix;
pub mod flow;
pub mod fmt;
mod ir;
pub mod jq;
pub mod json;
mod lower;
pub mod manifest;
pub mod names;
pub mod programs;
pub mod samples;
pub mod shape;
pub mod source;
pub mod template;
mod unread;
pub mod url_template;
