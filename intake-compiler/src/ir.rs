//! What the code generator reads: a checked manifest, resolved, with nothing left to decide.
//!
//! Only `lower` makes it, and only from `Checked`.

use crate::manifest::model::{Algorithm, Method, Target};
use crate::source::Position;
use crate::template::{Scope, Step};
use crate::url_template;

/// A manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// The name that state is stored under.
    pub name: String,
    /// The path that messages and docs show.
    pub file: String,
    /// `auth`, in source order.
    pub auth: Vec<Auth>,
    /// The intakes, in source order.
    pub intakes: Vec<Intake>,
}

/// One method of `auth`.
#[derive(Clone, Debug, PartialEq)]
pub struct Auth {
    /// Its key in `auth`.
    pub name: String,
    /// How it authenticates.
    pub kind: AuthKind,
}

/// How requests are authenticated.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthKind {
    /// A bearer token.
    OAuth2,
    /// User name and password.
    Basic,
    /// A token in a header.
    Token {
        /// The header's name.
        header: String,
        /// What precedes the token.
        prefix: Option<String>,
    },
    /// A token got by posting credentials.
    Session,
}

/// One intake: a type, a module of the types of its fields, and the code of its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    /// Its `name`.
    pub name: String,
    /// Where it begins.
    pub at: Position,
    /// The name of its Rust type.
    pub type_name: String,
    /// The name of its Rust module.
    pub module: String,
    /// What its user has to provide.
    pub inputs: Inputs,
    /// What one record is.
    pub record: Type,
    /// What its polling state is once it is written; [`Type::Json`] of a webhook.
    pub state: Type,
    /// What its `path`s are joined to.
    pub base_url: Option<Url>,
    /// What it is.
    pub kind: IntakeKind,
    /// Its events, in the order of the language reference.
    pub events: Vec<Event>,
}

/// What an intake is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IntakeKind {
    /// It polls.
    Polling {
        /// `frequency`, in seconds.
        frequency: Option<u32>,
    },
    /// It gets webhooks.
    Webhook {
        /// `scope`
        scope: Scope,
    },
}

/// The form fields an intake reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// The fields of `custom_data`, ordered by id.
    pub fields: Vec<Field>,
}

/// One form field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its id in the manifest.
    pub id: String,
    /// The Rust field's name.
    pub name: String,
    /// The Rust type's name.
    pub type_name: String,
    /// The properties that are read, ordered by name.
    pub properties: Vec<Property>,
}

/// One property of a form field.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its name in the manifest: `value`, `display`.
    pub id: String,
    /// The Rust field's name.
    pub name: String,
    /// Whether it is only ever read as text; a JSON value otherwise.
    pub text: bool,
    /// Whether every read has a default.
    pub optional: bool,
}

/// What is known of a value, as the type it has in Rust.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Nothing: any JSON value.
    Json,
    /// It is `null`.
    Null,
    /// It is a boolean.
    Bool,
    /// It is a number without a fraction.
    Int,
    /// It is a number that arithmetic has made, so that an `f64` has all its digits.
    Float,
    /// It is a number.
    Number,
    /// It is a string.
    String,
    /// It is this or `null`.
    Option(Box<Type>),
    /// It is an array of these.
    Array(Box<Type>),
    /// It is an object with keys that are known.
    Struct(Struct),
}

/// An object with keys that are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// The Rust type's name.
    pub name: String,
    /// Its keys, in source order.
    pub members: Vec<Member>,
    /// The Rust field of all other keys, if there can be any.
    pub others: Option<String>,
    /// Where the object is made.
    pub at: Position,
}

/// One key of a [`Struct`].
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// The Rust field's name.
    pub name: String,
    /// What its value is.
    pub value: Type,
    /// Whether it may be missing.
    pub optional: bool,
    /// Where the key is.
    pub at: Position,
}

/// One lifecycle event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Which.
    pub kind: EventKind,
    /// Where its key is.
    pub at: Position,
    /// What is known of the saved data that it reads.
    pub saved: Vec<(Scope, Vec<Member>)>,
    /// What it runs.
    pub command: Command,
}

/// The lifecycle events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    InitialSetup,
    PrePoll,
    Request,
    PostPoll,
    Create,
    Update,
    Delete,
    Verification,
    ResourceId,
    AccountId,
}

impl EventKind {
    /// The key in the manifest, and the name of the generated method.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InitialSetup => "initial_setup",
            Self::PrePoll => "pre_poll",
            Self::Request => "request",
            Self::PostPoll => "post_poll",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Verification => "verification",
            Self::ResourceId => "resource_id",
            Self::AccountId => "account_id",
        }
    }

    /// Whether the event's pipeline starts with a value the runtime gives it, rather than `null`.
    #[must_use]
    pub const fn has_input(self) -> bool {
        matches!(self, Self::Verification | Self::ResourceId | Self::AccountId)
    }
}

/// A command and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Where its key is.
    pub at: Position,
    /// What it does.
    pub op: Op,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// `!pipe`, never empty.
    Pipe(Vec<Command>),
    /// `!jq`
    Jq(Jq),
    /// `!http`
    Http(Box<Http>),
    /// `!save`
    Save(Scope),
    /// `!switch`, with at least one case.
    Switch {
        /// The index.
        jq: Jq,
        /// The cases.
        cases: Vec<Command>,
    },
    /// `!extract`
    Extract {
        /// The keys to keep.
        keys: Vec<String>,
        /// Whether to parse each from a JSON string.
        to_json: bool,
    },
    /// `!sha`
    Sha {
        /// The algorithm.
        algorithm: Algorithm,
        /// Turns the hash into an HMAC.
        secret: Option<Text>,
    },
    /// `!respond`
    Respond(Box<Respond>),
    /// `!print_c`
    Print(Text),
    /// `!error`
    Fail(String),
}

impl Op {
    /// The command's key in a manifest.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pipe(_) => "!pipe",
            Self::Jq(_) => "!jq",
            Self::Http(_) => "!http",
            Self::Save(_) => "!save",
            Self::Switch { .. } => "!switch",
            Self::Extract { .. } => "!extract",
            Self::Sha { .. } => "!sha",
            Self::Respond(_) => "!respond",
            Self::Print(_) => "!print_c",
            Self::Fail(_) => "!error",
        }
    }
}

/// A jq program.
#[derive(Clone, Debug, PartialEq)]
pub struct Jq {
    /// The program as jaq reads it: the N-th variable is `$__intake_N`.
    pub code: String,
    /// Its variables.
    pub variables: Vec<Variable>,
    /// What jaq does otherwise than jq 1.8.
    pub differences: Vec<&'static str>,
    /// What can be compiled of it, or why jaq has to interpret it.
    pub native: Result<crate::jq::native::ir::Filter, crate::jq::native::Unsupported>,
    /// What its input is made of, if that has not been read and nothing else needs it.
    pub document: Option<Document>,
}

/// A document that a program may be run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The body of a response to `!http`; the input has a key `body` that is the document too.
    Response,
    /// The payload of a delivery; the input is the document.
    Payload,
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// The method.
    pub method: Method,
    /// Whose credentials it carries.
    pub target: Target,
    /// Where it goes.
    pub url: Url,
    /// Query parameters.
    pub params: Vec<(String, Json)>,
    /// Headers.
    pub headers: Vec<(String, Json)>,
    /// The body.
    pub body: Option<Json>,
}

/// A URL with variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Url {
    /// Where it starts.
    pub base: UrlBase,
    /// Its pieces.
    pub parts: Vec<UrlPart>,
}

/// Where a [`Url`] starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlBase {
    /// It is whole.
    Absolute,
    /// At `api.base_url`.
    Api,
    /// At the customer's account at the platform.
    Platform,
}

/// A piece of a [`Url`].
#[derive(Clone, Debug, PartialEq)]
pub enum UrlPart {
    /// Literal text.
    Text(String),
    /// A variable; its position decides how it is escaped.
    Variable(url_template::Position, Variable),
}

/// What `!respond` answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Respond {
    /// Whether the payload goes on.
    pub process_payload: bool,
    /// The status.
    pub code: u16,
    /// The headers.
    pub headers: Vec<(String, Json)>,
    /// The body.
    pub body: Option<Json>,
}

/// A JSON value with variables.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number's text.
    Number(String),
    /// A string.
    Text(Text),
    /// A string that is exactly one variable: its value with its type.
    Variable(Variable),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

/// A string with variables in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Its pieces.
    pub parts: Vec<TextPart>,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// Literal text.
    Literal(String),
    /// A variable, as text.
    Variable(Variable),
}

/// A variable, resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// As messages show it: `polling_state.since`.
    pub name: String,
    /// Where its value is.
    pub source: VariableSource,
    /// The path into the value.
    pub steps: Vec<Step>,
    /// What stands in for a missing value.
    pub default: Option<String>,
}

/// Where a variable's value is.
#[derive(Clone, Debug, PartialEq)]
pub enum VariableSource {
    /// The URL of the hook.
    WebhookUrl,
    /// What `!save` stored.
    Saved(Scope),
    /// The polling state.
    PollingState,
    /// A property of a form field: the Rust names of both.
    Input {
        /// The field of `CustomData`.
        field: String,
        /// The field of that field's type.
        property: String,
    },
    /// An output of the innermost pipe around it.
    Piped(u32),
    /// The customer's subdomain.
    Subdomain,
    /// The resource the user selected.
    ResourceId,
}
