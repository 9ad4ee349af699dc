//! A limit on the requests that are under way to one host.

use super::{HttpRequest, Transport, TransportFuture};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// A transport that has at most so many requests under way to each host; more wait for their turn.
pub(crate) struct PerHost {
    inner: Arc<dyn Transport>,
    most: usize,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl PerHost {
    pub(crate) fn new(inner: Arc<dyn Transport>, most: usize) -> Self {
        Self { inner, most: most.min(Semaphore::MAX_PERMITS), hosts: Mutex::default() }
    }

    fn turns(&self, request: &HttpRequest) -> Arc<Semaphore> {
        let url = &request.url;
        let host =
            format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        // The map holds one count; who waits or sends holds another.
        hosts.retain(|_, turns| Arc::strong_count(turns) > 1);
        hosts.entry(host).or_insert_with(|| Arc::new(Semaphore::new(self.most))).clone()
    }
}

impl Transport for PerHost {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        Box::pin(async move {
            let turns = self.turns(&request);
            // It fails only where it is closed, which nobody does.
            let _turn = turns.acquire().await;
            self.inner.send(request).await
        })
    }
}
