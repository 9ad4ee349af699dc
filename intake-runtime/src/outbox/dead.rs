//! What to do about dead letters: look at them, offer them again, drop them.

use crate::runtime::Runtime;
use crate::store::{OutboxEntry, StoreError, Write};

/// How many are read at once.
const PAGE: usize = 500;

impl Runtime {
    /// Dead letters, each with the reason, in order of their numbers: those behind `after` (0 for all), at most `limit`.
    /// [Fewer](crate::store::PAGE_BYTES) if they are large.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn dead_letters(&self, after: i64, limit: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        self.store().outbox_entries(true, after, limit).await
    }

    /// Puts a dead letter back into the line, in its old place, and says so to a drain. Whether there is such a dead
    /// letter.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn retry_dead_letter(&self, number: i64) -> Result<bool, StoreError> {
        let entry = self.store().outbox_entry(number).await?.filter(|entry| entry.dead.is_some());
        let Some(entry) = entry else { return Ok(false) };
        self.store().commit(vec![Write::Revive { record: number }]).await?;
        self.revived(&entry.owner);
        Ok(true)
    }

    /// Puts back all dead letters of which `which` says so; how many.
    ///
    /// # Errors
    /// If the store fails: then some are back.
    pub async fn retry_dead_letters(&self, which: impl Fn(&OutboxEntry) -> bool + Send) -> Result<u64, StoreError> {
        let (mut after, mut count) = (0, 0);
        loop {
            let page = self.dead_letters(after, PAGE).await?;
            let Some(last) = page.last().map(|entry| entry.number) else { return Ok(count) };
            let chosen: Vec<_> = page.into_iter().filter(|entry| which(entry)).collect();
            if !chosen.is_empty() {
                let revive = |entry: &OutboxEntry| Write::Revive { record: entry.number };
                self.store().commit(chosen.iter().map(revive).collect()).await?;
                chosen.iter().for_each(|entry| self.revived(&entry.owner));
            }
            count += chosen.len() as u64;
            after = last;
        }
    }

    /// Drops a dead letter for good. Whether there was such a dead letter.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn drop_dead_letter(&self, number: i64) -> Result<bool, StoreError> {
        let entry = self.store().outbox_entry(number).await?.filter(|entry| entry.dead.is_some());
        if entry.is_none() {
            return Ok(false);
        }
        self.store().commit(vec![Write::DropRecord { record: number }]).await?;
        Ok(true)
    }
}
