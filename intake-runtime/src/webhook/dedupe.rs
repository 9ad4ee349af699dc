//! By what a delivery is told from its repetitions: the vendor's id of it.

use crate::clock::Timestamp;
use crate::store::Dedupe;
use http::HeaderMap;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Headers in which a delivery has the same id each time it is sent: Standard Webhooks and Svix, GitHub, GitLab, Shopify,
/// Bitbucket, Twilio.
const KNOWN: [&str; 7] = [
    "webhook-id",
    "svix-id",
    "x-github-delivery",
    "idempotency-key",
    "x-shopify-webhook-id",
    "x-request-uuid",
    "i-twilio-idempotency-token",
];

/// A call of a hook, as [`DeliveryId::by`] sees it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Call<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The payload as compact JSON.
    pub payload: &'a [u8],
}

/// Shows none of it.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

type Id = dyn Fn(Call<'_>) -> Option<Vec<u8>> + Send + Sync;

/// Where the vendor's id of a delivery is, which is the same whenever it sends the delivery again. A call without an id
/// is always a new delivery.
#[derive(Clone)]
pub struct DeliveryId(Arc<Id>);

impl DeliveryId {
    /// In a header: `x-github-delivery`.
    pub fn header(name: impl Into<String>) -> Self {
        let name = name.into();
        Self(Arc::new(move |call| Some(call.headers.get(&name)?.as_bytes().to_vec())))
    }

    /// In the first header of these that is there: `webhook-id`, `svix-id`, `x-github-delivery`, `idempotency-key`,
    /// `x-shopify-webhook-id`, `x-request-uuid`, `i-twilio-idempotency-token`.
    #[must_use]
    pub fn known_headers() -> Self {
        Self(Arc::new(|call| {
            let (name, value) = KNOWN.iter().find_map(|name| Some((name, call.headers.get(*name)?)))?;
            Some([name.as_bytes(), b":", value.as_bytes()].concat())
        }))
    }

    /// What a function finds in the headers or the payload.
    pub fn by<T: Into<Vec<u8>>>(id: impl Fn(Call<'_>) -> Option<T> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |call| id(call).map(Into::into)))
    }

    /// By what the store tells the delivery from its repetitions.
    pub(super) fn of(&self, token: &str, call: Call<'_>, since: Timestamp) -> Option<Dedupe> {
        let id = (self.0)(call).filter(|id| !id.is_empty())?;
        // Of each hook on its own: ids of different senders can be the same.
        let hash = Sha256::new().chain_update(token).chain_update([0]).chain_update(id).finalize();
        let key = *hash.first_chunk()?;
        Some(Dedupe { key, since })
    }
}

impl fmt::Debug for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryId").finish_non_exhaustive()
    }
}

/// For how long, and how many of them, ids are remembered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) age: Duration,
    pub(super) ids: u64,
}

impl Default for Window {
    fn default() -> Self {
        Self { age: Duration::from_secs(24 * 3600), ids: 1_000_000 }
    }
}
