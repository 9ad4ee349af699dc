//! Strings with `${variables}` (language reference, section 4).

mod parse;

pub use parse::parse;
pub(crate) use parse::{missing_dollars, variable_at};

use crate::source::{Span, Spanned};
use std::fmt;

/// A string of the manifest, cut at its variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The string literal in the manifest, quotes included.
    pub span: Span,
    /// Text and variables in order; no two texts are neighbours, no text is empty.
    pub parts: Vec<Part>,
    /// Whether every variable in it could be read: one that could not is reported, and left out.
    pub complete: bool,
    /// What would be variables with a `$` before them, which is reported.
    pub lost: Vec<Variable>,
}

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Literal text, JSON escapes decoded.
    Text(Spanned<String>),
    /// A variable.
    Variable(Variable),
}

/// One `${path | default: text}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// From `$` to `}` in the manifest.
    pub span: Span,
    /// What it names.
    pub path: VariablePath,
    /// The text after `default`, if there is one; `""` for `| default` alone.
    pub default: Option<String>,
}

/// What a variable names: its root, and a path into the root's value.
#[derive(Clone, Debug, PartialEq)]
pub struct VariablePath {
    /// The root.
    pub root: Root,
    /// The steps below the root's value.
    pub steps: Vec<Step>,
}

/// Where a variable's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// `webhook.url`
    WebhookUrl,
    /// `data.SCOPE.KEY`: the key is the first step, always present.
    Saved(Scope),
    /// `polling_state`: no step is the whole state.
    PollingState,
    /// `custom_data.FIELD.PROPERTY`: `value`, `display` or another property.
    CustomData {
        /// The form field's id.
        field: String,
        /// The property of the field.
        property: String,
    },
    /// `piped_content.N`: 0 is the pipe's input, N the output of its N-th command.
    PipedContent(u32),
    /// `subdomain`
    Subdomain,
    /// `resource.id`
    ResourceId,
}

/// One step of a path: `.name` or `[3]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// An object's key.
    Key(String),
    /// An array's index, from 0.
    Index(u32),
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
    /// All scopes, narrowest first.
    pub const ALL: [Self; 3] = [Self::Workflow, Self::Connection, Self::Application];

    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Connection => "connection",
            Self::Application => "application",
        }
    }
}

impl Template {
    /// The text, if no variable is in it.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(&text.value),
            _ => None,
        }
    }

    /// The variable, if the string is exactly one: its value keeps its type.
    #[must_use]
    pub fn as_single_variable(&self) -> Option<&Variable> {
        match self.parts.as_slice() {
            [Part::Variable(variable)] => Some(variable),
            _ => None,
        }
    }

    /// Its variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Text(_) => None,
        })
    }
}

/// As a manifest writes it: `${path | default: text}`.
impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.default.as_deref() {
            None => write!(f, "${{{}}}", self.path),
            Some("") => write!(f, "${{{} | default}}", self.path),
            Some(text) => write!(f, "${{{} | default: {text}}}", self.path),
        }
    }
}

/// As a manifest writes it, with `.` everywhere: `polling_state.since`, `piped_content.2.items[0]`.
impl fmt::Display for VariablePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)?;
        self.steps.iter().try_for_each(|step| write!(f, "{step}"))
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebhookUrl => f.write_str("webhook.url"),
            Self::Saved(scope) => write!(f, "data.{}", scope.as_str()),
            Self::PollingState => f.write_str("polling_state"),
            Self::CustomData { field, property } => write!(f, "custom_data.{field}.{property}"),
            Self::PipedContent(index) => write!(f, "piped_content.{index}"),
            Self::Subdomain => f.write_str("subdomain"),
            Self::ResourceId => f.write_str("resource.id"),
        }
    }
}

/// `.name` or `[3]`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, ".{key}"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}
