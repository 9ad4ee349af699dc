//! What the compiler implements: one type per intake of a manifest.

use crate::event::{Event, EventError};
use crate::types::Type;
use crate::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// What an event gives: the output of its pipeline.
pub type EventResult = Result<Value, EventError>;

/// What the compiler knows of an app: one per manifest.
#[derive(Debug)]
#[non_exhaustive]
pub struct App {
    /// The app's name: the manifest's file stem unless the macro names another. State is stored under it.
    pub name: &'static str,
    /// The manifest's path, as error messages show it.
    pub file: &'static str,
    /// The methods of `auth`.
    pub auth: &'static [AuthMethod],
}

impl App {
    /// For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, file: &'static str, auth: &'static [AuthMethod]) -> Self {
        Self { name, file, auth }
    }
}

/// One method of a manifest's `auth` (language reference, section 7).
#[derive(Debug)]
pub struct AuthMethod {
    /// Its key in `auth`.
    pub name: &'static str,
    /// How it authenticates.
    pub kind: AuthKind,
}

/// How requests are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthKind {
    /// `oauth2`: a bearer token.
    OAuth2,
    /// `basic`: user name and password.
    Basic,
    /// `token`: `<header>: [<prefix> ]<token>`.
    Token {
        /// `header_key`
        header: &'static str,
        /// `token_prefix`
        prefix: Option<&'static str>,
    },
    /// `session`: a token got by posting credentials.
    Session,
}

/// How far saved data and hooks are shared (language reference, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// One workflow of one customer.
    Workflow,
    /// All workflows of one connection.
    Connection,
    /// All connections of the app.
    Application,
}

impl Scope {
    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Connection => "connection",
            Self::Application => "application",
        }
    }

    /// What [`as_str`](Self::as_str) gives this word for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Workflow, Self::Connection, Self::Application].into_iter().find(|scope| scope.as_str() == word)
    }
}

/// What the compiler knows of one intake.
#[derive(Debug)]
#[non_exhaustive]
pub struct IntakeMeta {
    /// The manifest it is from.
    pub app: &'static App,
    /// Its `name`.
    pub name: &'static str,
    /// Its line in the manifest.
    pub line: u32,
    /// What one record is.
    #[doc(hidden)]
    pub record: Type,
    /// What its polling state is.
    #[doc(hidden)]
    pub state: Type,
}

impl IntakeMeta {
    /// For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(app: &'static App, name: &'static str, line: u32) -> Self {
        Self { app, name, line, record: Type::Json, state: Type::Json }
    }

    /// For generated code: with what is known of records and state.
    #[doc(hidden)]
    #[must_use]
    pub const fn with(self, record: Type, state: Type) -> Self {
        Self { record, state, ..self }
    }
}

/// An intake of a manifest, with what it reads from its customer: implemented by the compiler only.
pub trait Intake: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name and place.
    const META: &'static IntakeMeta;
}

/// A polling intake (language reference, section 6).
pub trait Polling: Intake {
    /// What one record is: the type named in `include_intake!(…, records(…))`, else what the manifest's jq makes.
    type Record: DeserializeOwned + Send + 'static;
    /// What the polling state is once an event has written it.
    type State: DeserializeOwned + Serialize + Send + 'static;

    /// `frequency`, in seconds, if the manifest gives one.
    const FREQUENCY: Option<u32>;

    /// `initial_setup`
    #[doc(hidden)]
    fn initial_setup(&self, cx: &mut Event<'_>) -> impl Future<Output = EventResult> + Send {
        let _ = cx;
        async { Ok(Value::NULL) }
    }

    /// `pre_poll`
    #[doc(hidden)]
    fn pre_poll(&self, cx: &mut Event<'_>) -> impl Future<Output = EventResult> + Send {
        let _ = cx;
        async { Ok(Value::NULL) }
    }

    /// `request`
    #[doc(hidden)]
    fn request(&self, cx: &mut Event<'_>) -> impl Future<Output = EventResult> + Send;

    /// `post_poll`
    #[doc(hidden)]
    fn post_poll(&self, cx: &mut Event<'_>) -> impl Future<Output = EventResult> + Send {
        let _ = cx;
        async { Ok(Value::NULL) }
    }
}

/// A webhook intake (language reference, section 5).
pub trait Webhook: Intake {
    /// What one payload is: the type named in `include_intake!(…, records(…))`, else what is known of it.
    type Record: DeserializeOwned + Send + 'static;

    /// `scope`
    const SCOPE: Scope;
    /// Whether there is an `update`.
    const HAS_UPDATE: bool;
    /// Whether there is a `delete`.
    const HAS_DELETE: bool;
    /// Whether there is a `verification`.
    const HAS_VERIFICATION: bool;
    /// Whether there is a `resource_id`.
    const HAS_RESOURCE_ID: bool;
    /// Whether there is an `account_id`.
    const HAS_ACCOUNT_ID: bool;

    /// `create`
    #[doc(hidden)]
    fn create(&self, cx: &mut Event<'_>) -> impl Future<Output = EventResult> + Send;

    /// `update`
    #[doc(hidden)]
    fn update(&self, cx: &mut Event<'_>) -> impl Future<Output = EventResult> + Send {
        let _ = cx;
        async { Ok(Value::NULL) }
    }

    /// `delete`
    #[doc(hidden)]
    fn delete(&self, cx: &mut Event<'_>) -> impl Future<Output = EventResult> + Send {
        let _ = cx;
        async { Ok(Value::NULL) }
    }

    /// `verification`; its input is `{query_params, headers, body, method}`.
    #[doc(hidden)]
    fn verification(&self, cx: &mut Event<'_>, input: Value) -> impl Future<Output = EventResult> + Send {
        let _ = (cx, input);
        async { Ok(Value::NULL) }
    }

    /// `resource_id`; its input is the payload.
    #[doc(hidden)]
    fn resource_id(&self, cx: &mut Event<'_>, payload: Value) -> impl Future<Output = EventResult> + Send {
        let _ = (cx, payload);
        async { Ok(Value::NULL) }
    }

    /// `account_id`; its input is the payload.
    #[doc(hidden)]
    fn account_id(&self, cx: &mut Event<'_>, payload: Value) -> impl Future<Output = EventResult> + Send {
        let _ = (cx, payload);
        async { Ok(Value::NULL) }
    }
}
