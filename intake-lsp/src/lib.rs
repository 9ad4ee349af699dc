//! What editors know of intake manifests: the language server behind `intake lsp`, and the JSON Schema.
//!
//! [`analysis`] answers what an editor asks as plain functions over byte offsets; it knows nothing of the protocol.
//! [`server`] is the protocol and knows nothing of manifests. [`schema`] is for editors without the server. All of it is
//! made from the compiler's own tables and model.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod positions;
pub mod schema;
pub mod server;
