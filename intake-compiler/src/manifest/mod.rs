//! From JSON to the typed model of a manifest.

mod decode;
pub mod model;

pub use decode::decode;
pub use model::Manifest;
