//! The manifest: its language as data, its model, and the decoder from JSON to the model.

mod decode;
pub mod grammar;
pub mod model;

pub use decode::decode;
pub use model::Manifest;
