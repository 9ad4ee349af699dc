//! `intake backup`

use super::told;
use intake_runtime::store::Sqlite;
use std::path::Path;

pub(super) async fn run(store: &Sqlite, to: &Path) -> Result<(), String> {
    store.backup(to).await.map_err(|error| format!("{}: {}", to.display(), told(error)))?;
    super::print(&format!("{} is a whole database of this moment", to.display()))
}
