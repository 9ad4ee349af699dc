//! A store in memory, for tests.

/// A store in memory: everything is gone with the process.
#[derive(Debug, Default)]
pub struct Memory {}
