//! Where the credentials of stored workflows come from: they are not stored with them.

use crate::secret::Secret;
use crate::sink::BoxError;
use crate::workflow::{Connection, Platform};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

/// A future of what is provided.
pub type ConnectionFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;

/// Provides connections with their credentials, when a workflow's events are about to run. Asked each time, so that what
/// it gives can change.
pub trait Connections: Send + Sync + 'static {
    /// The connection of an app with this id.
    ///
    /// # Errors
    /// If there is none, or it cannot be had now. The error's text is stored and shown: it must hold no secret.
    fn connection(&self, app: &str, id: &str) -> ConnectionFuture<'_, Connection>;

    /// The account at the platform of the customer whose workflow this is, for requests with the target
    /// `activecampaign`. None, unless implemented.
    ///
    /// # Errors
    /// If it cannot be had now.
    fn platform(&self, app: &str, workflow: &str) -> ConnectionFuture<'_, Option<PlatformAccount>> {
        let _ = (app, workflow);
        Box::pin(async { Ok(None) })
    }
}

/// A customer's account at the platform.
#[derive(Clone, Debug)]
pub struct PlatformAccount(pub(crate) Platform);

impl PlatformAccount {
    /// Its base URL, and an API token.
    pub fn new(url: impl Into<String>, token: impl Into<Secret>) -> Self {
        Self(Platform { url: url.into(), token: token.into() })
    }
}

/// Connections in memory, by app and id.
#[derive(Default)]
pub struct InMemory(Mutex<HashMap<(String, String), Connection>>);

impl InMemory {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a connection to an app, or replaces the one with the same id.
    pub fn put(&self, app: impl Into<String>, connection: Connection) {
        let key = (app.into(), connection.id().to_owned());
        self.lock().insert(key, connection);
    }

    /// Removes a connection; whether it was there.
    pub fn remove(&self, app: &str, id: &str) -> bool {
        self.lock().remove(&(app.to_owned(), id.to_owned())).is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemory").field("connections", &self.lock().len()).finish()
    }
}

impl Connections for InMemory {
    fn connection(&self, app: &str, id: &str) -> ConnectionFuture<'_, Connection> {
        let found = self.lock().get(&(app.to_owned(), id.to_owned())).cloned();
        let missing = || format!("the program has no connection `{id}` of app `{app}`");
        let found = found.ok_or_else(|| missing().into());
        Box::pin(async move { found })
    }
}

impl<C: Connections + ?Sized> Connections for std::sync::Arc<C> {
    fn connection(&self, app: &str, id: &str) -> ConnectionFuture<'_, Connection> {
        (**self).connection(app, id)
    }

    fn platform(&self, app: &str, workflow: &str) -> ConnectionFuture<'_, Option<PlatformAccount>> {
        (**self).platform(app, workflow)
    }
}
