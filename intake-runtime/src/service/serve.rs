//! A service at work, from the start to the last job.

use super::Service;
use crate::error::ServiceError;
use crate::schedule::Scheduler;
use crate::webhook;
use axum::Router;
use std::future::Future;
use std::sync::{Arc, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What calls of webhooks come by.
enum Front {
    None,
    Listener(TcpListener),
    #[cfg(feature = "simulation")]
    InProcess(Box<dyn FnOnce(Router) + Send>),
}

impl Service {
    /// Runs until the process is told to stop (SIGTERM, SIGINT, Ctrl-C), and serves HTTP on the
    /// [address](super::ServiceBuilder::listen): the webhooks under the path of the runtime's public URL, and
    /// `/healthz`, `/readyz` and `/metrics`.
    ///
    /// When told to stop, it accepts nothing more, starts no job, and ends when those under way have, or after the
    /// [grace](super::ServiceBuilder::grace). A second signal ends it at once. Either way nothing is lost.
    ///
    /// # Errors
    /// If it cannot listen there, runs already or has run, or a part of it panicked.
    pub async fn serve(&self) -> Result<(), ServiceError> {
        let address = &self.shared.listen;
        let listening = TcpListener::bind(address).await;
        let listener = listening.map_err(|source| ServiceError::Listen { address: address.clone(), source })?;
        let stop = signal().map_err(ServiceError::Signals)?;
        self.serve_on(listener, stop).await
    }

    /// [`serve`](Self::serve), on a listener of the program's, until `stop` ends.
    ///
    /// # Errors
    /// If it runs already or has run, or a part of it panicked.
    pub async fn serve_on(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), ServiceError> {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "serving");
        }
        self.work(Front::Listener(listener), stop).await
    }

    /// Runs until `stop` ends, without HTTP: for a program that only polls. Dropping the future is safe at any point, and
    /// counts as a crash there.
    ///
    /// # Errors
    /// If it runs already or has run, or a part of it panicked.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) -> Result<(), ServiceError> {
        self.work(Front::None, stop).await
    }

    /// For simulations: [`serve_on`](Self::serve_on) without a network. What would be served is handed to `serve`.
    ///
    /// # Errors
    /// If it runs already or has run, or a part of it panicked.
    #[cfg(feature = "simulation")]
    #[doc(hidden)]
    pub async fn serve_in_process(
        &self,
        serve: impl FnOnce(Router) + Send + 'static,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), ServiceError> {
        self.work(Front::InProcess(Box::new(serve)), stop).await
    }

    async fn work(&self, front: Front, stop: impl Future<Output = ()> + Send) -> Result<(), ServiceError> {
        let shared = &self.shared;
        let parts = shared.parts.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (receiver, drain) = parts.ok_or(ServiceError::Ran)?;
        let (receiver, drain) = (receiver.start()?, drain.start()?);
        let (stopping, stopped) = watch::channel(false);
        let scheduler = Scheduler {
            runtime: shared.runtime.clone(),
            work: Arc::clone(shared),
            limits: shared.limits,
            bell: Arc::clone(&shared.bell),
            load: shared.load.clone(),
        };
        // Sets, so that they end with this future, however it ends.
        let (mut scheduling, mut serving) = (JoinSet::new(), JoinSet::new());
        scheduling.spawn(scheduler.run(stopped.clone(), shared.grace));
        let hooks = receiver.router();
        let router = match shared.runtime.public_path() {
            Some(path) => Router::new().nest(&path, hooks),
            None => hooks,
        };
        let router = router.merge(self.status_router());
        let mut until = stopped;
        let limits = receiver.limits();
        match front {
            Front::None => {}
            Front::Listener(listener) => {
                let quiet = async move {
                    // An error is the end of who would say so.
                    let _ = until.wait_for(|stopping| *stopping).await;
                };
                serving.spawn(async move { webhook::serve(listener, router, limits, quiet).await });
            }
            #[cfg(feature = "simulation")]
            Front::InProcess(serve) => serve(router),
        }
        let (mut panicked, mut served) = (None, None);
        tokio::select! {
            biased;
            () = stop => {}
            ended = scheduling.join_next() => panicked = ended,
            Some(ended) = serving.join_next() => served = Some(ended),
        }
        stopping.send_replace(true);
        shared.load.send_modify(|load| load.serving = false);
        tracing::info!(grace = ?shared.grace, "stopping: what is under way may end");
        let deadline = Instant::now() + shared.grace;
        let scheduled = match panicked {
            Some(ended) => Some(ended),
            None => scheduling.join_next().await,
        };
        match tokio::time::timeout_at(deadline, serving.join_next()).await {
            // Nothing, if it had ended before.
            Ok(ended) => served = served.or(ended),
            Err(_) => {
                tracing::warn!("requests did not end in time and are cut off");
                serving.abort_all();
            }
        }
        let parts = async {
            receiver.shutdown().await;
            drain.shutdown().await;
        };
        if tokio::time::timeout_at(deadline, parts).await.is_err() {
            tracing::warn!("sinks did not end in time: their records are delivered again by the next start");
        }
        scheduled.unwrap_or(Ok(())).map_err(|source| ServiceError::Panicked(source.into()))?;
        match served {
            Some(Ok(Err(source))) => Err(ServiceError::Http(source)),
            Some(Err(source)) if source.is_panic() => Err(ServiceError::Panicked(source.into())),
            _ => Ok(()),
        }
    }
}

/// Ends when the process is told to stop. The next signal after that ends the process as ever.
#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::warn!("told to stop again: ending at once");
            std::process::exit(1);
        });
    })
}

#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "the end of the process cannot be heard of: stopping now");
        }
    })
}
