//! Random manifests that are right, compiled, and what is expected of each when it runs.
//!
//! `MANIFESTS_SEED=7 MANIFESTS=2000 cargo test -p random-manifests -- --nocapture` for a long run.

pub mod generate;
pub mod polling;
pub mod random;
pub mod vendor;
pub mod webhook;

/// The compiled manifests.
#[allow(missing_docs, reason = "generated")]
pub mod manifests {
    include!(concat!(env!("OUT_DIR"), "/manifests.rs"));
}
