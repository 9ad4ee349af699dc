//! The control of the test that cuts the power: it has to see that a store loses what it did not wait for.
//!
//! No part of the public interface. The facade does not have this module, and nothing else sets a store so.

use crate::store::{Sqlite, StoreError};

/// Has the store answer before its commits are on the disk (`synchronous=NORMAL`): **a power cut takes what was
/// acknowledged**. Until the store is closed, or opens its database again after a failure.
///
/// # Errors
/// If the store fails.
pub async fn do_not_wait_for_the_disk(store: &Sqlite) -> Result<(), StoreError> {
    tracing::warn!("the store does not wait for the disk: a power cut takes what it has acknowledged");
    store.do_not_wait_for_the_disk().await
}
