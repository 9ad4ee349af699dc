//! Why an event failed, and at which command of the manifest.

use super::request::RequestError;
use crate::auth::AuthError;
use crate::http::HttpError;
use crate::intake::IntakeMeta;
use crate::jq::JqError;
use crate::sink::BoxError;
use crate::types::Misfit;
use crate::url::UrlError;
use std::fmt;

/// A command in the manifest: its name and where it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    command: &'static str,
    line: u32,
    column: u32,
}

impl At {
    /// For generated code.
    #[must_use]
    pub const fn new(command: &'static str, line: u32, column: u32) -> Self {
        Self { command, line, column }
    }

    /// The span that the command runs in.
    pub(crate) fn span(self) -> tracing::Span {
        tracing::debug_span!("command", command = self.command, line = self.line, column = self.column)
    }

    pub(crate) const fn line(self) -> u32 {
        self.line
    }
}

/// Why an event failed, and at which command of the manifest.
pub struct EventError(Box<Inner>);

struct Inner {
    at: At,
    place: Option<(&'static IntakeMeta, &'static str)>,
    kind: EventErrorKind,
}

impl EventError {
    /// An error at a command.
    pub(crate) fn new(at: At, kind: impl Into<EventErrorKind>) -> Self {
        Self(Box::new(Inner { at, place: None, kind: kind.into() }))
    }

    /// Completes it with file, intake and event, unless it has them.
    #[must_use]
    pub fn located(mut self, meta: &'static IntakeMeta, event: &'static str) -> Self {
        self.0.place.get_or_insert((meta, event));
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> &EventErrorKind {
        &self.0.kind
    }

    /// What went wrong, without anything that the vendor or a record said.
    pub(crate) fn outline(&self) -> String {
        let what = match self.kind() {
            EventErrorKind::Http(HttpError::Status { method, url, status, .. }) => {
                format!("{method} {url} answered {status}")
            }
            EventErrorKind::Http(HttpError::Body { method, url, .. }) => {
                format!("{method} {url}: the response is not read")
            }
            EventErrorKind::Http(error) => error.to_string(),
            EventErrorKind::Variable(error) => error.to_string(),
            EventErrorKind::Auth(error) => error.to_string(),
            EventErrorKind::Raised(text) => (*text).to_owned(),
            EventErrorKind::Jq(_) => "its jq program failed".to_owned(),
            _ => "its input does not fit".to_owned(),
        };
        let At { command, line, column } = self.0.at;
        let (file, event) = (self.file().unwrap_or_default(), self.event().unwrap_or_default());
        format!("{file}:{line}:{column}: {command} of event {event}: {what}")
    }

    /// Whether the vendor says that there is no such thing.
    pub(crate) fn is_gone(&self) -> bool {
        let EventErrorKind::Http(HttpError::Status { status, .. }) = self.kind() else { return false };
        matches!(*status, http::StatusCode::NOT_FOUND | http::StatusCode::GONE)
    }

    /// The manifest's path.
    #[must_use]
    pub fn file(&self) -> Option<&'static str> {
        self.0.place.map(|(meta, _)| meta.app.file)
    }

    /// The intake's name.
    #[must_use]
    pub fn intake(&self) -> Option<&'static str> {
        self.0.place.map(|(meta, _)| meta.name)
    }

    /// The event: `request`, `create`, …
    #[must_use]
    pub fn event(&self) -> Option<&'static str> {
        self.0.place.map(|(_, event)| event)
    }

    /// The command: `!http`, …
    #[must_use]
    pub const fn command(&self) -> &'static str {
        self.0.at.command
    }

    /// The command's line in the manifest, from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.0.at.line
    }

    /// The command's column in the manifest, from 1.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.0.at.column
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { at: At { command, line, column }, place, kind } = &*self.0;
        match place {
            Some((meta, event)) => {
                write!(
                    f,
                    "{}:{line}:{column}: {command} of event {event} in intake {}: {kind}",
                    meta.app.file, meta.name
                )
            }
            None => write!(f, "{line}:{column}: {command}: {kind}"),
        }
    }
}

impl fmt::Debug for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventError({:?})", self.to_string())
    }
}

impl std::error::Error for EventError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0.kind)
    }
}

/// What went wrong in an event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventErrorKind {
    /// A variable has no value.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// A jq program failed.
    #[error(transparent)]
    Jq(#[from] JqError),
    /// A URL cannot be made.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A request cannot be made.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A request cannot be authenticated.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// A request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// `!switch` has no such case.
    #[error(transparent)]
    Switch(#[from] SwitchError),
    /// `!save` cannot save this.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// What an earlier release of the manifest has saved is of no use to this one.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// `!extract` cannot extract this.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// `!sha` cannot hash this.
    #[error(transparent)]
    Sha(#[from] ShaError),
    /// `!respond` cannot answer this.
    #[error(transparent)]
    Respond(#[from] RespondError),
    /// `!error`
    #[error("{0}")]
    Raised(&'static str),
}

/// A variable has no value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VariableError {
    /// It is missing.
    #[error("`${{{name}}}` has no value here: give it one, or write `${{{name} | default: …}}`")]
    Missing {
        /// The variable's path.
        name: &'static str,
    },
    /// It is null where text is needed.
    #[error("`${{{name}}}` is null where text is needed: give it a value, or write `${{{name} | default: …}}`")]
    Null {
        /// The variable's path.
        name: &'static str,
    },
}

/// `!switch` has no such case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SwitchError {
    /// The index is no integer.
    #[error("its jq gives {found}, but the index of a case is needed: a whole number from 0")]
    NotAnIndex {
        /// What it gives.
        found: &'static str,
    },
    /// There is no such case.
    #[error("its jq gives {index}, but there are {cases} cases: the first is 0")]
    OutOfRange {
        /// The index it gives.
        index: String,
        /// How many cases there are.
        cases: usize,
    },
}

/// `!save` cannot save this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The input is no object.
    #[error("its input is {found}, but an object is needed: each of its keys is saved")]
    NotAnObject {
        /// What the input is.
        found: &'static str,
    },
}

/// What an earlier release of the manifest has saved is of no use to this one. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SavedError {
    /// It is not what this manifest saves, and there is no migration, or that did not mend it.
    #[error(
        "what is saved in the scope `{scope}` does not fit the manifest: {misfit}{}; convert it with \
         `RuntimeBuilder::migrate_saved`",
        misfit.at().map(|(line, column)| format!(" ({line}:{column})")).unwrap_or_default()
    )]
    Misfit {
        /// `workflow`, `connection` or `application`.
        scope: &'static str,
        /// Where it does not fit.
        misfit: Misfit,
    },
    /// The migration failed.
    #[error("what is saved in the scope `{scope}` cannot be migrated")]
    Migration {
        /// `workflow`, `connection` or `application`.
        scope: &'static str,
        /// Why not.
        source: BoxError,
    },
    /// The migration gave something other than the keys of the scope.
    #[error("the migration of what is saved in the scope `{scope}` gave {found}, but an object of its keys is needed")]
    Migrated {
        /// `workflow`, `connection` or `application`.
        scope: &'static str,
        /// What it gave.
        found: &'static str,
    },
}

/// `!extract` cannot extract this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The input is no object.
    #[error("its input is {found}, but an object is needed")]
    NotAnObject {
        /// What the input is.
        found: &'static str,
    },
    /// A value is no string.
    #[error("`{key}` is {found}, but `to_json` needs a string that holds JSON")]
    NotAString {
        /// The key.
        key: &'static str,
        /// What the value is.
        found: &'static str,
    },
    /// A string is no JSON.
    #[error("`{key}` is not read as JSON: {source}")]
    NotJson {
        /// The key.
        key: &'static str,
        /// Why not.
        source: crate::value::JsonError,
    },
}

/// `!sha` cannot hash this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShaError {
    /// There is nothing to hash.
    #[error("its input has no `value_to_encrypt`: that key's text is what is hashed")]
    NoValue,
}

/// `!respond` cannot answer this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RespondError {
    /// The code is no status.
    #[error("{code} is no HTTP status a response can end with: 200 to 599 are")]
    Code {
        /// The code.
        code: u16,
    },
    /// A header cannot be sent.
    #[error(transparent)]
    Header(#[from] crate::http::HeaderError),
}
