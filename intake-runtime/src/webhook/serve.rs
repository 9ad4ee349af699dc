//! A server for a receiver's routes, with limits that a router cannot keep.

use super::Limits;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The pause after a connection could not be accepted: there may be too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// The least buffer that hyper works with.
const LEAST_BUFFER: usize = 8192;

/// Serves routes over HTTP/1.1, such as those of a [`Receiver`](super::Receiver), until `shutdown` is ready; then answers
/// the requests that have begun. Dropping the future closes all connections at once. TLS is the business of a proxy before
/// it.
///
/// Beside those that a receiver keeps by itself, it keeps [`Limits::header_time`], [`Limits::connections`] and, before
/// headers are read into memory, their number and size. Whoever sends slowly is cut off, and holds one of the connections
/// until then.
///
/// # Errors
/// If the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        // A request line of the size of all headers has room as well.
        .max_buf_size(limits.header_bytes.saturating_mul(2).max(LEAST_BUFFER))
        .max_headers(limits.headers.max(1));
    let connections = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let Ok(place) = connections.clone().acquire_owned().await else { unreachable!("it is never closed") };
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            Some(_) = tasks.join_next() => continue,
            () = &mut shutdown => break,
        };
        let stream: TcpStream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) if is_of_the_connection(&error) => continue,
            Err(error) => {
                tracing::error!(%error, "a connection cannot be accepted");
                tokio::select! {
                    () = tokio::time::sleep(ACCEPT_PAUSE) => continue,
                    () = &mut shutdown => break,
                }
            }
        };
        // An answer is one small write: there is nothing to wait for.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection goes on with delays");
        }
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes.clone()));
        let connection = graceful.watch(connection);
        tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
