//! `!http`: what is sent, what comes back, and what a client refuses.

mod common;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use common::{AT, OPEN, Recorder, TOKEN, World, json, serve, shown, url};
use intake_runtime::event::{EventError, EventErrorKind};
use intake_runtime::http::{Client, HttpError, HttpRequest};
use intake_runtime::intake::{App, AuthKind, AuthMethod, IntakeMeta};
use intake_runtime::private as rt;
use intake_runtime::value::Value;
use intake_runtime::workflow::{Connection, Credentials, Workflow};
use rt::{Method, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What a server gets, as it answers it.
async fn echo(method: axum::http::Method, uri: Uri, headers: HeaderMap, body: Bytes) -> String {
    let header = |name| headers.get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Value::object([
        ("line", Value::from(format!("{method} {uri}"))),
        ("type", header("content-type").into()),
        ("length", header("content-length").into()),
        ("agent", header("user-agent").into()),
        ("encodings", header("accept-encoding").into()),
        ("authorization", header("authorization").into()),
        ("x", header("x-test").into()),
        ("sent", body.into()),
    ])
    .to_string()
}

async fn fetch(world: &World, method: Method, url: rt::FinishedUrl) -> Result<Value, EventError> {
    world.event().http(AT, method, Target::External, url).send().await
}

async fn answer(body: impl Into<Bytes>) -> Result<Value, EventError> {
    let body = body.into();
    let origin = serve(Router::new().route("/", get(move || async move { body }))).await;
    fetch(&World::online(), Method::Get, url(&origin)).await
}

#[tokio::test]
async fn a_request_is_what_the_manifest_says() {
    let origin = serve(Router::new().fallback(echo)).await;
    let world = World::online();
    let cx = world.event();
    let at = rt::Url::under(url(&origin)).text("/items?a=1").finish(AT).unwrap();
    let request = cx.http(AT, Method::Post, Target::External, at);
    let request = request.param("b", rt::string("x&y=z ü")).param("none", rt::null()).param("n", rt::number("1.0"));
    let request = request.param("list", rt::array([rt::number("1"), rt::boolean(true)])).param("a", rt::string(""));
    let request = request.header("X-Test", rt::number("7")).header("x-none", rt::null());
    let body = rt::object([
        ("name", rt::string("web")),
        ("n", rt::number("1.0")),
        ("x", rt::array([rt::boolean(true), rt::null()])),
    ]);
    let output = request.body(body).send().await.unwrap();
    let text = |key: &str| output.get(key).unwrap().text();
    assert_eq!(text("line"), "POST /items?a=1&b=x%26y%3Dz+%C3%BC&n=1.0&list=%5B1%2Ctrue%5D&a=");
    assert_eq!(text("sent"), r#"{"name":"web","n":1.0,"x":[true,null]}"#);
    assert_eq!((text("type"), text("x")), ("application/json".to_owned(), "7".to_owned()));
    assert_eq!(text("agent"), format!("intake/{}", env!("CARGO_PKG_VERSION")));
    assert!(text("encodings").contains("gzip") && text("encodings").contains("br"));
    assert_eq!(text("authorization"), "-");
    let effects = cx.into_effects();
    assert_eq!((effects.http_requests, effects.response_bytes > 100), (1, true));
}

#[tokio::test]
async fn bodies_have_their_defaults() {
    let origin = serve(Router::new().fallback(echo)).await;
    let world = World::online();
    for (method, sent, content_type) in [
        (Method::Get, "", "-"),
        (Method::Delete, "", "-"),
        (Method::Options, "", "-"),
        (Method::Post, "{}", "application/json"),
        (Method::Put, "{}", "application/json"),
        (Method::Patch, "{}", "application/json"),
    ] {
        let output = fetch(&world, method, url(&origin)).await.unwrap();
        let text = |key: &str| output.get(key).unwrap().text();
        assert_eq!(
            (text("line"), text("sent"), text("type")),
            (format!("{method} /"), sent.to_owned(), content_type.to_owned())
        );
        let output =
            world.event().http(AT, method, Target::External, url(&origin)).body(rt::string("x")).send().await.unwrap();
        assert_eq!(output.get("sent").unwrap().text(), "\"x\"", "{method}");
    }
}

#[tokio::test]
async fn a_form_is_sent_as_one() {
    let origin = serve(Router::new().fallback(echo)).await;
    let world = World::online();
    let cx = world.event();
    let form = |body| {
        let request = cx.http(AT, Method::Post, Target::External, url(&origin));
        request.header("Content-Type", rt::string("Application/X-WWW-Form-urlencoded; charset=utf-8")).body(body).send()
    };
    let output = form(json(r#"{"a":"x y&z","n":1.50,"t":true,"none":null,"o":{"k":[1]}}"#)).await.unwrap();
    assert_eq!(output.get("sent").unwrap().text(), "a=x+y%26z&n=1.50&t=true&o=%7B%22k%22%3A%5B1%5D%7D");
    let error = form(json("[1]")).await.unwrap_err();
    assert!(
        error.to_string().contains("the body is an array, but `application/x-www-form-urlencoded` needs an object"),
        "{error}"
    );
}

#[tokio::test]
async fn the_output_is_the_body_and_its_keys() {
    assert_eq!(
        answer(r#"{"id":7,"x":null}"#).await.unwrap().to_string(),
        r#"{"id":7,"x":null,"body":{"id":7,"x":null}}"#
    );
    assert_eq!(answer(r#"{"body":1,"id":2}"#).await.unwrap().to_string(), r#"{"body":{"body":1,"id":2},"id":2}"#);
    assert_eq!(answer("[1, 2.0]").await.unwrap().to_string(), r#"{"body":[1,2.0]}"#);
    assert_eq!(answer("").await.unwrap().to_string(), r#"{"body":null}"#);
    assert_eq!(answer(" \r\n").await.unwrap().to_string(), r#"{"body":null}"#);
    assert_eq!(answer("\u{feff}{}").await.unwrap().to_string(), r#"{"body":{}}"#);
    assert_eq!(answer("<html>").await.unwrap().to_string(), r#"{"body":"<html>"}"#);
    assert_eq!(answer("NaN").await.unwrap().to_string(), r#"{"body":"NaN"}"#);
    assert_eq!(answer(&b"\xff!"[..]).await.unwrap().to_string(), "{\"body\":\"\u{fffd}!\"}");
    assert_eq!(answer("12345678901234567890123").await.unwrap().to_string(), r#"{"body":12345678901234567890123}"#);
}

/// Taken as text it would be an answer without any key: a cursor would become null, and the id of a hook.
#[tokio::test]
async fn json_that_is_damaged_is_an_error() {
    let answer = async |content_type: &'static str, body: &'static str| {
        let router =
            Router::new().route("/", get(move || async move { ([(header::CONTENT_TYPE, content_type)], body) }));
        fetch(&World::online(), Method::Get, url(&serve(router).await)).await
    };
    for content_type in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
        let error = answer(content_type, "{\"items\":[{\"id\":1},").await.unwrap_err();
        assert!(matches!(error.kind(), EventErrorKind::Http(HttpError::Body { .. })), "{error}");
        assert!(error.to_string().contains("the response is not read: not JSON"), "{error}");
        assert!(answer(content_type, " [1, 2").await.is_err());
        // Some say it of everything.
        assert_eq!(answer(content_type, "OK").await.unwrap().to_string(), r#"{"body":"OK"}"#);
        assert_eq!(answer(content_type, "").await.unwrap().to_string(), r#"{"body":null}"#);
        assert_eq!(answer(content_type, "{}").await.unwrap().to_string(), r#"{"body":{}}"#);
    }
    for content_type in ["text/plain", "text/html", "application/jsonp"] {
        assert_eq!(answer(content_type, "{\"a\":").await.unwrap().to_string(), r#"{"body":"{\"a\":"}"#);
    }
}

#[tokio::test]
async fn a_hostile_body_is_an_error() {
    let error = answer("[".repeat(100_000)).await.unwrap_err();
    assert!(error.to_string().ends_with("the response is not read: nested more than 511 levels deep"), "{error}");
    let error = answer(format!("{}{}", "{\"a\":".repeat(512), "}".repeat(512))).await.unwrap_err();
    assert!(matches!(error.kind(), EventErrorKind::Http(HttpError::Body { .. })));
    // The deepest there is passes through a program.
    static SAME: rt::Jq = rt::Jq::new(".", 0);
    let output = answer(format!("{}{}", "[".repeat(511), "]".repeat(511))).await.unwrap();
    assert_eq!(World::offline().event().jq(AT, &SAME, &output, []).unwrap(), output);
    let error = answer("7".repeat(1_000_000)).await.unwrap_err();
    assert!(error.to_string().contains("a number of more than 1000 digits"), "{error}");
}

#[tokio::test]
async fn other_answers_than_2xx_are_errors() {
    let refuse = |status: u16, body: String| async move { (StatusCode::from_u16(status).unwrap(), body) };
    let token = "tok-0123456789";
    let body = format!("{{\"message\":\"no {token} {}\"}}", "é".repeat(400));
    let router = Router::new().route("/repos/{status}", any(move |Path(status)| refuse(status, body.clone())));
    let origin = serve(router).await;
    let mut world = World::online();
    world.meta = &TOKEN;
    world.workflow = Workflow::new("w").connection(Connection::new("c").credentials(Credentials::token(token)));
    for status in [300, 304, 400, 401, 404, 429, 500, 503] {
        let at = url(&format!("{origin}/repos/{status}?key=private&b=2"));
        let request = world.event();
        let error =
            request.http(AT, Method::Delete, Target::Connection, at).param("c", rt::string("private")).send().await;
        let error = error.unwrap_err();
        let EventErrorKind::Http(HttpError::Status { status: found, excerpt, .. }) = error.kind() else {
            panic!("{error}")
        };
        assert_eq!(found.as_u16(), status);
        assert!(excerpt.len() <= 503, "{}", excerpt.len());
        assert!(status == 304 || excerpt.starts_with("{\"message\":\"no [secret] é"), "{excerpt}");
        let line = format!(
            "acme.json:52:13: !http of event request in intake issues: DELETE {origin}/repos/{status}?key=…&b=…&c=… answered {status} "
        );
        assert!(error.to_string().starts_with(&line), "{error}");
        assert!(!shown(&error).contains("private") && !shown(&error).contains(token), "{error}");
    }
}

#[tokio::test]
async fn a_secret_at_the_edge_of_the_excerpt_is_not_cut_in_half() {
    let origin = serve(
        Router::new().fallback(|| async { (StatusCode::BAD_REQUEST, format!("{}tok-0123456789", "x".repeat(495))) }),
    )
    .await;
    let mut world = World::online();
    world.workflow =
        Workflow::new("w").connection(Connection::new("c").credentials(Credentials::bearer("tok-0123456789")));
    let error = world.event().http(AT, Method::Get, Target::Connection, url(&origin)).send().await.unwrap_err();
    assert!(error.to_string().ends_with("xxx…"), "{error}");
}

#[tokio::test]
async fn headers_cannot_be_split() {
    let world = World::offline();
    let cx = world.event();
    for bad in ["a\r\nx: y", "a\nb", "a\rb", "a\0b", "\u{7f}"] {
        let request =
            cx.http(AT, Method::Get, Target::External, url("https://a.test")).header("x-trace", rt::string(bad));
        let error = request.send().await.unwrap_err();
        assert!(error.to_string().contains("the value of header `x-trace` holds a line break"), "{error}");
    }
    let request = cx.http(AT, Method::Get, Target::External, url("https://a.test")).header("x trace", rt::string(""));
    assert!(request.send().await.unwrap_err().to_string().contains("`x trace` is no name of a header"));
    assert_eq!(cx.into_effects().http_requests, 0);
}

static SEVERAL: IntakeMeta = IntakeMeta::new(
    &App::new(
        "acme",
        "acme.json",
        &[
            AuthMethod { name: "key", kind: AuthKind::Token { header: "X-Api-Key", prefix: None } },
            AuthMethod { name: "login", kind: AuthKind::Basic },
            AuthMethod { name: "oauth", kind: AuthKind::OAuth2 },
            AuthMethod { name: "session", kind: AuthKind::Session },
        ],
    ),
    "issues",
    40,
);

async fn authenticate(
    meta: &'static IntakeMeta,
    connection: Connection,
    target: Target,
    header: Option<&'static str>,
) -> Result<HttpRequest, String> {
    let recorder = Recorder::default();
    let requests = Arc::clone(&recorder.requests);
    let mut world = World::new(recorder);
    world.meta = meta;
    world.workflow = Workflow::new("w").connection(connection);
    if target == Target::ActiveCampaign {
        world.workflow = world.workflow.platform("https://acme.api-us1.com", "platform-key");
    }
    let cx = world.event();
    let mut request = cx.http(AT, Method::Get, target, url("https://a.test"));
    if let Some(value) = header {
        request = request.header("authorization", rt::string(value));
    }
    request.send().await.map_err(|error| {
        assert!(!shown(&error).contains("hunter2"), "{error}");
        error.kind().to_string()
    })?;
    let request = requests.lock().unwrap().pop().unwrap();
    assert!(!format!("{request:?} {:?}", request.headers).contains("hunter2"));
    Ok(request)
}

#[tokio::test]
async fn credentials_follow_the_manifest() {
    let with = |credentials: &Credentials| Connection::new("acme-eu").credentials(credentials.clone());
    let (token, basic, bearer) =
        (Credentials::token("hunter2"), Credentials::basic("user", "hunter2"), Credentials::bearer("hunter2"));
    for (meta, credentials, method, header, value) in [
        (&TOKEN, &token, None, "authorization", "Bearer hunter2"),
        (&SEVERAL, &token, Some("key"), "x-api-key", "hunter2"),
        (&SEVERAL, &basic, Some("login"), "authorization", "Basic dXNlcjpodW50ZXIy"),
        (&SEVERAL, &bearer, Some("oauth"), "authorization", "Bearer hunter2"),
        (&SEVERAL, &bearer, Some("session"), "authorization", "Bearer hunter2"),
        (&OPEN, &basic, None, "authorization", "Basic dXNlcjpodW50ZXIy"),
        (&OPEN, &bearer, None, "authorization", "Bearer hunter2"),
    ] {
        let connection = || method.iter().fold(with(credentials), |connection, method| connection.auth(*method));
        let request = authenticate(meta, connection(), Target::Connection, None).await.unwrap();
        assert_eq!(request.headers[header], value);
        assert!(request.headers[header].is_sensitive());
        // No one else gets them.
        let request = authenticate(meta, connection(), Target::External, None).await.unwrap();
        assert!(!request.headers.contains_key(header));
        let request = authenticate(meta, connection(), Target::ActiveCampaign, None).await.unwrap();
        assert!(!request.headers.contains_key(header));
        assert_eq!(request.headers["api-token"], "platform-key");
    }
    assert!(
        authenticate(&OPEN, with(&Credentials::None), Target::Connection, None)
            .await
            .unwrap()
            .headers
            .get("authorization")
            .is_none()
    );
    // What the manifest sets itself stays.
    let request = authenticate(&TOKEN, with(&token), Target::Connection, Some("own")).await.unwrap();
    assert_eq!(request.headers["authorization"], "own");
}

#[tokio::test]
async fn credentials_that_do_not_fit_are_errors() {
    let with = |credentials| Connection::new("acme-eu").credentials(credentials);
    for (meta, connection, message) in [
        (
            &TOKEN,
            with(Credentials::None),
            "connection acme-eu has no credentials, but auth method `acme-token` of the manifest needs a token",
        ),
        (
            &TOKEN,
            with(Credentials::bearer("hunter2")),
            "the credentials of connection acme-eu are an access token, but auth method `acme-token` of the manifest needs a token",
        ),
        (
            &SEVERAL,
            with(Credentials::token("hunter2")),
            "the manifest has several auth methods (`key`, `login`, `oauth`, `session`): name the one of connection acme-eu with `Connection::auth`",
        ),
        (
            &SEVERAL,
            with(Credentials::token("hunter2")).auth("keys"),
            "connection acme-eu names auth method `keys`, but the manifest has `key`, `login`, `oauth`, `session`",
        ),
        (
            &OPEN,
            with(Credentials::None).auth("keys"),
            "connection acme-eu names auth method `keys`, but the manifest has none",
        ),
        (
            &OPEN,
            with(Credentials::token("hunter2")),
            "the credentials of connection acme-eu are a token, but the manifest has no `auth`",
        ),
        (
            &TOKEN,
            with(Credentials::token("hunter2\r\nx: y")),
            "the credentials of connection acme-eu hold a line break or another character that header `Authorization` cannot",
        ),
    ] {
        let error = authenticate(meta, connection, Target::Connection, None).await.unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
    let world = World::offline();
    let error =
        world.event().http(AT, Method::Get, Target::ActiveCampaign, url("https://a.test")).send().await.unwrap_err();
    assert!(error.to_string().contains("workflow customer-42 has no account at the platform"), "{error}");
    // Without a connection, the workflow's id is its connection's.
    let mut world = World::offline();
    world.meta = &TOKEN;
    let error =
        world.event().http(AT, Method::Get, Target::Connection, url("https://a.test")).send().await.unwrap_err();
    assert!(error.to_string().contains("connection customer-42 has no credentials"), "{error}");
}

#[tokio::test]
async fn redirects_stay_at_their_origin() {
    let hits = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&hits);
    let other = serve(Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        async { "stolen" }
    }))
    .await;
    let router = Router::new()
        .route(
            "/n/{n}",
            any(|Path(n): Path<u32>| async move {
                Redirect::temporary(&if n == 0 { "/end?a=1".to_owned() } else { format!("/n/{}", n - 1) })
            }),
        )
        .route("/see-other", any(|| async { Redirect::to("/end") }))
        .route("/evil", any(move || async move { Redirect::temporary(&format!("{other}/steal?token=private")) }))
        .route("/end", any(echo));
    let origin = serve(router).await;
    let mut world = World::online();
    world.meta = &TOKEN;
    world.workflow = Workflow::new("w").connection(Connection::new("c").credentials(Credentials::token("hunter2")));
    let cx = world.event();
    let go = |path: &str| {
        cx.http(AT, Method::Post, Target::Connection, url(&format!("{origin}{path}"))).body(json("{\"a\":1}")).send()
    };
    let output = go("/n/4").await.unwrap();
    let text = |output: &Value, key: &str| output.get(key).unwrap().text();
    assert_eq!(text(&output, "line"), "POST /end?a=1");
    assert_eq!(
        (text(&output, "sent"), text(&output, "authorization")),
        ("{\"a\":1}".to_owned(), "Bearer hunter2".to_owned())
    );
    assert_eq!(text(&go("/see-other").await.unwrap(), "line"), "GET /end");
    let error = go("/n/5").await.unwrap_err();
    assert!(error.to_string().ends_with("/end?a=… is not followed: more than 5 in a row"), "{error}");
    let error = go("/evil").await.unwrap_err();
    assert!(error.to_string().ends_with("/steal?token=… is not followed: it leads to another origin"), "{error}");
    assert!(!shown(&error).contains("private"));
    assert_eq!(hits.load(Ordering::Relaxed), 0);
}

fn limited(limit: usize) -> World {
    World::new(Client::builder().body_limit(limit).build().unwrap())
}

#[tokio::test]
async fn bodies_are_limited_also_when_decompressed() {
    let bomb =
        || async { ([(header::CONTENT_ENCODING, "gzip")], &include_bytes!("data/mebibyte-of-zeros.json.gz")[..]) };
    let router = Router::new()
        .route("/plain", get(|| async { "x".repeat(1_000) }))
        .route("/bomb", get(bomb))
        .route("/broken", get(|| async { ([(header::CONTENT_ENCODING, "gzip")], "no gzip") }));
    let origin = serve(router).await;
    let get = async |world: World, path: &str| fetch(&world, Method::Get, url(&format!("{origin}{path}"))).await;
    assert_eq!(get(limited(1_000), "/plain").await.unwrap().get("body").unwrap().text().len(), 1_000);
    let error = get(limited(999), "/plain").await.unwrap_err();
    assert!(error.to_string().contains("/plain: the response has more than 999 bytes"), "{error}");
    // 1 KiB on the wire.
    let error = get(limited(1 << 19), "/bomb").await.unwrap_err();
    assert!(matches!(error.kind(), EventErrorKind::Http(HttpError::TooLong { limit: 524_288, .. })), "{error}");
    assert_eq!(get(limited(2 << 20), "/bomb").await.unwrap().get("body").unwrap().text().len(), 1 << 20);
    assert!(matches!(
        get(limited(999), "/broken").await.unwrap_err().kind(),
        EventErrorKind::Http(HttpError::Failed { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn time_is_limited() {
    // Connections are accepted by the system, and never answered.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = url(&format!("http://{}/x?key=private", silent.local_addr().unwrap()));
    let started = tokio::time::Instant::now();
    let world = World::new(
        Client::builder().connect_timeout(Duration::from_secs(7)).timeout(Duration::from_secs(7)).build().unwrap(),
    );
    let error = fetch(&world, Method::Get, at.clone()).await.unwrap_err();
    assert!(error.to_string().ends_with("/x?key=…: no complete answer in time"), "{error}");
    assert!(started.elapsed() <= Duration::from_secs(8));
    let started = tokio::time::Instant::now();
    fetch(&World::online(), Method::Get, at).await.unwrap_err();
    assert!(started.elapsed() <= Duration::from_secs(61));
}

#[tokio::test]
async fn a_failure_says_why_and_shows_no_query() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error =
        fetch(&World::online(), Method::Get, url(&format!("http://{address}/x?key=private"))).await.unwrap_err();
    assert!(error.to_string().contains(&format!("GET http://{address}/x?key=…: ")), "{error}");
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
    assert!(!shown(&error).contains("private"), "{}", shown(&error));
    // TLS with someone who does not speak it.
    let origin = serve(Router::new().fallback(echo)).await.replace("http://", "https://");
    let error = fetch(&World::online(), Method::Get, url(&origin)).await.unwrap_err();
    assert!(matches!(error.kind(), EventErrorKind::Http(HttpError::Failed { .. })), "{error}");
}

#[tokio::test]
async fn an_origin_can_be_played_by_another() {
    async fn handler(headers: HeaderMap, uri: Uri) -> Response {
        if uri.path() == "/missing" {
            return StatusCode::NOT_FOUND.into_response();
        }
        echo(axum::http::Method::GET, uri, headers, Bytes::new()).await.into_response()
    }
    let origin = serve(Router::new().fallback(handler)).await;
    let client = Client::builder()
        .origin_override("https://API.acme.com:443/", format!("{origin}/"))
        .user_agent("tests")
        .build()
        .unwrap();
    let world = World::new(client);
    let output = fetch(&world, Method::Get, url("https://api.acme.com/v1/x%20y?a=1%26")).await.unwrap();
    assert_eq!(output.get("line").unwrap().text(), "GET /v1/x%20y?a=1%26");
    assert_eq!(output.get("agent").unwrap().text(), "tests");
    // Errors show where the manifest sends it.
    let error = fetch(&world, Method::Get, url("https://api.acme.com/missing")).await.unwrap_err();
    assert!(error.to_string().ends_with("GET https://api.acme.com/missing answered 404 Not Found"), "{error}");
    for bad in ["api.acme.com", "https://api.acme.com/v1", "ftp://x"] {
        let error = Client::builder().origin_override(bad, &origin).build().unwrap_err();
        assert!(error.to_string().contains(&format!("`{bad}` is no origin")), "{error}");
    }
}

#[tokio::test]
async fn requests_run_side_by_side() {
    // What generated code is: a future that may move between threads.
    async fn event(cx: &mut rt::Event<'_>, origin: String) -> rt::EventResult {
        let output = cx
            .http(AT, Method::Get, Target::External, url(&origin))
            .param("a", cx.polling_state("polling_state", &[]).value(AT)?)
            .send()
            .await?;
        cx.save(AT, rt::Scope::Workflow, &output)
    }
    let origin = serve(Router::new().fallback(echo)).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let origin = origin.clone();
            tokio::spawn(async move {
                let world = World::online();
                let mut cx = world.event();
                event(&mut cx, origin).await.map(|_| cx.into_effects().saved.len())
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), 1);
    }
}
