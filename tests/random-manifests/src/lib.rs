//! Random manifests that are right, compiled, and what is expected of each when it runs.
//!
//! For a long run, a crate of 200 manifests at a time:
//!
//! ```sh
//! for seed in $(seq 10); do
//!     MANIFESTS_SEED=$seed MANIFESTS=200 cargo test -p random-manifests --test run -- --nocapture || break
//! done
//! ```

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
