//! A vendor on a local port, for the examples.

#![allow(dead_code, reason = "each example uses its part")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use intake::http::{Client, HttpRequest, Transport};
use serde_json::Value;
use std::error::Error;
use std::sync::{Arc, Mutex};

/// What the vendor answers.
pub struct Answer(StatusCode, Value);

impl Answer {
    /// A status and a JSON body.
    pub fn json(status: u16, body: Value) -> Self {
        Self(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
    }
}

type Script = fn(&str, &str) -> Answer;

/// A running vendor.
#[derive(Clone)]
pub struct Mock {
    origin: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Mock {
    /// Starts a vendor that answers by method and by path with query.
    pub async fn start(script: Script) -> Result<Self, Box<dyn Error>> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let mock = Self { origin: format!("http://{}", listener.local_addr()?), requests: Arc::default() };
        let router = Router::new().fallback(answer).with_state((script, mock.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(mock)
    }

    /// A client that takes this vendor for `origin`.
    pub fn instead_of(&self, origin: &str) -> Result<Client, Box<dyn Error>> {
        Ok(Client::builder().origin_override(origin, &self.origin).build()?)
    }

    /// Prints what was asked of the vendor.
    pub fn print_requests(&self) {
        for request in self.requests.lock().map(|requests| requests.clone()).unwrap_or_default() {
            println!("> {request}");
        }
    }
}

/// Posts JSON, as a vendor does to a hook; the answer's body.
pub async fn post(url: &str, body: &Value) -> Result<String, Box<dyn Error>> {
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let body = Some(body.to_string().into());
    let request = HttpRequest { method: intake::http::Method::Post, url: url.parse()?, headers, body };
    let response = Client::builder().build()?.send(request).await?;
    if !response.status.is_success() {
        return Err(format!("{url} answered {}", response.status).into());
    }
    Ok(String::from_utf8_lossy(&response.body).into_owned())
}

async fn answer(
    State((script, mock)): State<(Script, Mock)>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, [(HeaderName, &'static str); 1], String) {
    let Answer(status, answer) = script(method.as_str(), &uri.to_string());
    if let Ok(mut requests) = mock.requests.lock() {
        requests.push(format!("{method} {uri} {}", String::from_utf8_lossy(&body)));
    }
    (status, [(header::CONTENT_TYPE, "application/json")], answer.to_string())
}
