//! The manifest as typed, spanned values: what decoding gives and the checks read.
//!
//! Everything that can be missing is an `Option` here, even what the language requires: decoding goes on after a
//! mistake so that one run reports every problem. Only `lower` may rely on what the checks have established.

use crate::jq::Program;
use crate::source::{Span, Spanned};
use crate::template::{Scope, Template};

/// A whole manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    /// The document, and whether it is a bare array of intakes; `None` if it is neither that nor an object with keys
    /// of its own, or lacks its braces (reported).
    pub document: Option<Spanned<bool>>,
    /// `api`
    pub api: Option<Api>,
    /// `auth`, in source order.
    pub auth: Vec<AuthMethod>,
    /// `data_intake`, in source order.
    pub intakes: Vec<Intake>,
    /// `workflows`, in source order.
    pub workflows: Vec<Workflow>,
    /// Whether the document has a `workflows` key at all: only then are form fields checked against it.
    pub has_workflows: bool,
}

/// `api` (language reference, section 7).
#[derive(Clone, Debug, PartialEq)]
pub struct Api {
    /// The value of `api`.
    pub span: Span,
    /// What a `path` is joined to.
    pub base_url: Option<Template>,
    /// `rate_limit`
    pub rate_limits: Vec<RateLimit>,
}

/// One quota of `api.rate_limit`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateLimit {
    /// True for `user` (per connection), false for `app` (all together).
    pub per_connection: bool,
    /// `Some(true)` for `read`, `Some(false)` for `write`, `None` without that level.
    pub reads: Option<bool>,
    /// How many requests…
    pub requests: u32,
    /// …in how many seconds.
    pub period: u32,
}

/// One method of `auth`.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthMethod {
    /// Its key in `auth`.
    pub name: Spanned<String>,
    /// How it authenticates; `None` if the type was not understood (reported).
    pub kind: Option<AuthKind>,
}

/// The four ways to authenticate.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthKind {
    /// `oauth2`
    OAuth2(Box<OAuth2>),
    /// `basic`
    Basic {
        /// `verify_url`
        verify_url: Option<Template>,
    },
    /// `token`
    Token {
        /// `header_key`; `None` if missing (reported).
        header_key: Option<Spanned<String>>,
        /// `token_prefix`
        token_prefix: Option<Spanned<String>>,
        /// `verify_url`
        verify_url: Option<Template>,
    },
    /// `session`
    Session {
        /// `verify_url`
        verify_url: Option<Template>,
        /// `request_body`
        request_body: Option<Value>,
    },
}

/// `configuration` of an `oauth2` method.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OAuth2 {
    /// `authorization_base_url`
    pub authorization_base_url: Option<Template>,
    /// `client_id`
    pub client_id: Option<Template>,
    /// `client_secret`
    pub client_secret: Option<Template>,
    /// `scopes`
    pub scopes: Vec<String>,
    /// `token_url`
    pub token_url: Option<Template>,
    /// `token_request_body`
    pub token_request_body: Option<Template>,
    /// `refresh_url`
    pub refresh_url: Option<Template>,
    /// `include_client_id`
    pub include_client_id: bool,
}

/// One workflow: only what is cross-checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// The workflow's object.
    pub span: Span,
    /// `data_intake`, `historical_data_intake`: names of intakes.
    pub intakes: Vec<Spanned<String>>,
    /// `data_intake` alone: the one that runs again and again, on `setup.schedule` if it polls.
    pub scheduled: Option<Spanned<String>>,
    /// `form_fields[].id`
    pub form_fields: Vec<Spanned<String>>,
    /// The key `setup.schedule`, if present.
    pub schedule: Option<Span>,
}

/// One intake.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    /// The whole object.
    pub span: Span,
    /// `name`; `None` if missing or no string (reported).
    pub name: Option<Spanned<String>>,
    /// `type` and what belongs to it; `None` if the type is not known (reported).
    pub kind: Option<IntakeKind>,
}

/// What an intake is.
#[derive(Clone, Debug, PartialEq)]
pub enum IntakeKind {
    /// `"type": "webhook"`
    Webhook(Box<Webhook>),
    /// `"type": "polling"`
    Polling(Box<Polling>),
}

/// A webhook intake (language reference, section 5).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Webhook {
    /// `scope`
    pub scope: Option<Spanned<Scope>>,
    /// `resource_id`
    pub resource_id: Option<Event>,
    /// `account_id`
    pub account_id: Option<Event>,
    /// `create`
    pub create: Option<Event>,
    /// `update`
    pub update: Option<Event>,
    /// `delete`
    pub delete: Option<Event>,
    /// `verification`
    pub verification: Option<Event>,
}

/// A polling intake (language reference, section 6).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Polling {
    /// `initial_setup`
    pub initial_setup: Option<Event>,
    /// `pre_poll`
    pub pre_poll: Option<Event>,
    /// `request`
    pub request: Option<Event>,
    /// `post_poll`
    pub post_poll: Option<Event>,
    /// `frequency`, in seconds.
    pub frequency: Option<Spanned<u32>>,
    /// `import_option`
    pub import_option: Option<Spanned<ImportOption>>,
}

/// `import_option`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportOption {
    /// Runs once.
    Single,
    /// Runs on schedule.
    Recurring,
}

/// One lifecycle event: the key that names it and the command it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The event's key in the manifest.
    pub key: Span,
    /// What it runs.
    pub command: Command,
}

/// One command (language reference, section 2).
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The object that holds the command.
    pub span: Span,
    /// The key `"!name"`.
    pub key: Span,
    /// What it does.
    pub kind: CommandKind,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq)]
pub enum CommandKind {
    /// `!pipe`
    Pipe(Vec<Command>),
    /// `!jq`; `None` if its argument is no string or does not parse (reported).
    Jq(Option<Program>),
    /// `!http`
    Http(Box<Http>),
    /// `!save`
    Save(Option<Spanned<Scope>>),
    /// `!switch`
    Switch {
        /// The program that gives the index.
        jq: Option<Program>,
        /// The cases, from index 0.
        cases: Vec<Command>,
    },
    /// `!extract`
    Extract {
        /// The keys to keep.
        item_keys: Vec<Spanned<String>>,
        /// Whether to parse each from a JSON string.
        to_json: bool,
    },
    /// `!sha`
    Sha {
        /// The algorithm.
        algorithm: Option<Spanned<Algorithm>>,
        /// Turns the hash into an HMAC.
        secret: Option<Template>,
    },
    /// `!respond`
    Respond(Box<Respond>),
    /// `!print_c`
    Print(Option<Template>),
    /// `!error`
    Error(Option<Spanned<String>>),
    /// A command that was not understood (reported).
    Invalid,
}

/// `!http` (language reference, section 3).
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// `method`
    pub method: Method,
    /// The address; `None` if neither `path` nor `url` can be used (reported).
    pub address: Option<Address>,
    /// `target`
    pub target: Target,
    /// `params`, in source order.
    pub params: Vec<(Spanned<String>, Value)>,
    /// `headers`, in source order.
    pub headers: Vec<(Spanned<String>, Value)>,
    /// `body`; `None` if absent.
    pub body: Option<Value>,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Address {
    /// `path`, or a relative `url`: joined to `api.base_url`.
    Path(Template),
    /// `url`, or an absolute `path`.
    Url(Template),
}

impl Address {
    /// The string, whichever it is.
    #[must_use]
    pub fn template(&self) -> &Template {
        match self {
            Self::Path(template) | Self::Url(template) => template,
        }
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Method {
    #[default]
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }
}

/// Whose credentials a request carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Target {
    /// The connection's.
    #[default]
    Connection,
    /// None.
    External,
    /// The customer's account at the platform.
    ActiveCampaign,
}

/// A JSON value whose strings are templates.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: ValueKind,
}

/// The kinds of a [`Value`].
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as its source text.
    Number(String),
    /// A string.
    String(Template),
    /// An array.
    Array(Vec<Value>),
    /// An object, in source order; keys take no variables.
    Object(Vec<(Spanned<String>, Value)>),
}

/// `!respond`
#[derive(Clone, Debug, PartialEq)]
pub struct Respond {
    /// Whether the payload goes on to the workflows.
    pub process_payload: bool,
    /// The status, 200 to 599.
    pub code: u16,
    /// The headers, in source order.
    pub headers: Vec<(Spanned<String>, Value)>,
    /// The body; `None` if absent.
    pub body: Option<Value>,
}

/// A hash that `!sha` computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    Blake2b,
    Blake2s,
}
