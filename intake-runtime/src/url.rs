//! URLs with `${variables}` in them: the position of a variable decides what its value may be and how it is escaped,
//! so that no value can change the host, climb out of the path or add parameters.

mod check;

use crate::event::{At, Event, EventError, EventErrorKind, Var};
use crate::value::Value;
use check::{authority, check_host, check_text, climbs, escape_path};
use std::fmt;
use url::form_urlencoded::byte_serialize;

/// A URL cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// A variable does not fit where it stands.
    #[error("`${{{variable}}}` cannot be {place} of a URL: {reason}")]
    Variable {
        /// The variable's path.
        variable: &'static str,
        /// Where it stands.
        place: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// The whole is no URL.
    #[error("no URL: {0}")]
    Invalid(String),
    /// A base URL has a query.
    #[error("the base URL has a query, so no path can be joined to it")]
    BaseQuery,
}

/// A URL that has passed all checks: `http` or `https`, without user info and fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct FinishedUrl(url::Url);

impl FinishedUrl {
    /// Checks a whole URL.
    ///
    /// # Errors
    /// If it is no absolute `http` or `https` URL, or has anything a request does not send or a parser would change.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        check::finish(text).map(Self)
    }

    pub(crate) fn into_url(self) -> url::Url {
        self.0
    }

    /// With parameters after those it has; null leaves one out.
    pub(crate) fn with_params<'v>(self, params: impl Iterator<Item = (&'v str, &'v Value)>) -> url::Url {
        let mut url = self.0;
        let mut params = params.filter(|(_, value)| !value.is_null()).peekable();
        if params.peek().is_some() {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in params {
                pairs.append_pair(name, &value.text());
            }
        }
        url
    }
}

/// Shows no values of query parameters.
impl fmt::Debug for FinishedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FinishedUrl({})", redacted(&self.0))
    }
}

/// A URL without user info, fragment and the values of its query parameters.
pub(crate) fn redacted(url: &url::Url) -> String {
    let mut shown = format!("{}{}", url.origin().ascii_serialization(), url.path());
    for (index, (name, _)) in url.query_pairs().enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        shown.extend(byte_serialize(name.as_bytes()));
        shown.push_str("=…");
    }
    shown
}

/// A URL under construction, part by part. What is wrong is told by [`finish`](Self::finish).
#[must_use]
pub struct Url {
    base: Option<FinishedUrl>,
    /// The origin that a whole URL has brought: nothing after it may change it.
    whole: Option<url::Origin>,
    text: String,
    error: Option<EventErrorKind>,
}

/// Shows no text: it may hold a secret of the customer's.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Url").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Url {
    /// A whole URL.
    pub const fn absolute() -> Self {
        Self { base: None, whole: None, text: String::new(), error: None }
    }

    /// A path that is joined to a base with exactly one `/`.
    pub const fn under(base: FinishedUrl) -> Self {
        Self { base: Some(base), whole: None, text: String::new(), error: None }
    }

    /// A path at the customer's account at the platform.
    ///
    /// # Errors
    /// If the workflow has none.
    pub fn platform(cx: &Event<'_>, at: At) -> Result<Self, EventError> {
        let base = |cx: &Event<'_>| -> Result<_, EventErrorKind> {
            Ok(FinishedUrl::parse(&crate::auth::account(cx.workflow())?.url)?)
        };
        base(cx).map(Self::under).map_err(|error| cx.locate(EventError::new(at, error)))
    }

    /// Literal text, escaped where it needs to be.
    pub fn text(self, literal: &str) -> Self {
        self.step(|url| {
            check_text(literal).map_err(|reason| UrlError::Invalid(format!("`{literal}` has {reason}")))?;
            url.text.push_str(literal);
            Ok(())
        })
    }

    /// A variable that begins the string: a whole URL, or a path where one is joined to a base. A whole URL where a
    /// path is joined must have the base's origin: the base's credentials go with it.
    pub fn whole(self, variable: Var) -> Self {
        self.step(|url| {
            let name = variable.name();
            let value = variable.into_text()?;
            let refuse = |reason| UrlError::Variable { variable: name, place: "the whole", reason };
            check_text(&value).map_err(|_| refuse("it has characters that no URL has"))?;
            if authority(&value).is_some() {
                let parsed = FinishedUrl::parse(&value).map_err(|_| refuse("it is no valid URL"))?;
                if url.base.as_ref().is_some_and(|base| base.0.origin() != parsed.0.origin()) {
                    return Err(refuse("a path is expected, and it is a URL of another origin than the base").into());
                }
                url.base = None;
                url.whole = Some(parsed.0.origin());
            } else if url.base.is_none() {
                return Err(refuse("it begins with neither `http://` nor `https://`").into());
            } else if value.starts_with("//") {
                return Err(refuse("a path begins with one `/`").into());
            } else if value.is_empty() {
                return Err(refuse("it is empty").into());
            }
            url.text.push_str(&value);
            Ok(())
        })
    }

    /// A variable in the host: one or more labels of letters, digits and hyphens.
    pub fn host(self, variable: Var) -> Self {
        self.step(|url| {
            let name = variable.name();
            let value = variable.into_text()?;
            let refuse = |reason| UrlError::Variable { variable: name, place: "in the host", reason };
            if url.whole.is_some() || authority(&url.text).is_none_or(|authority| authority.ends) {
                return Err(refuse("the host does not stand there").into());
            }
            check_host(&value).map_err(refuse)?;
            url.text.push_str(&value);
            Ok(())
        })
    }

    /// A variable that is the port.
    pub fn port(self, variable: Var) -> Self {
        self.step(|url| {
            let name = variable.name();
            let value = variable.into_text()?;
            let refuse = |reason| UrlError::Variable { variable: name, place: "the port", reason };
            let stands = authority(&url.text).is_some_and(|authority| !authority.ends && authority.text.ends_with(':'));
            if url.whole.is_some() || !stands {
                return Err(refuse("the port does not stand there").into());
            }
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let port = value.parse::<u16>().ok().filter(|port| digits && *port > 0);
            url.text.push_str(&port.ok_or_else(|| refuse("it is no number from 1 to 65535"))?.to_string());
            Ok(())
        })
    }

    /// A variable in the path: percent-encoded, `/` apart. After a `?` it is one in the query.
    pub fn path(self, variable: Var) -> Self {
        if self.text.contains('?') {
            return self.query(variable);
        }
        self.step(|url| {
            let name = variable.name();
            let value = variable.into_text()?;
            let refuse = |reason| UrlError::Variable { variable: name, place: "in the path", reason };
            if url.base.is_none() && authority(&url.text).is_none_or(|authority| !authority.ends) {
                return Err(refuse("no path has begun there, so it would change the host").into());
            }
            if value.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
                return Err(refuse("it has an empty segment, `.` or `..`, which lead elsewhere").into());
            }
            url.text.extend(escape_path(&value));
            Ok(())
        })
    }

    /// A variable in the query: form-encoded.
    pub fn query(self, variable: Var) -> Self {
        if !self.text.contains('?') {
            return self.path(variable);
        }
        self.step(|url| {
            let value = variable.into_text()?;
            url.text.extend(byte_serialize(value.as_bytes()));
            Ok(())
        })
    }

    /// The whole, checked again: what a URL parser reads is what was put together.
    ///
    /// # Errors
    /// The first thing that was wrong with a part, or what is wrong with the whole.
    pub fn finish(self, at: At) -> Result<FinishedUrl, EventError> {
        self.checked().map_err(|error| EventError::new(at, error))
    }

    fn checked(self) -> Result<FinishedUrl, EventErrorKind> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let Some(base) = self.base else {
            let url = FinishedUrl::parse(&self.text)?;
            if self.whole.is_some_and(|origin| origin != url.0.origin()) {
                return Err(UrlError::Invalid("the text after a whole URL changes its host".to_owned()).into());
            }
            return Ok(url);
        };
        if base.0.query().is_some() {
            return Err(UrlError::BaseQuery.into());
        }
        let root = base.0.as_str().trim_end_matches('/');
        let path = self.text.trim_start_matches('/');
        let slash = if path.starts_with('?') && !self.text.starts_with('/') { "" } else { "/" };
        let joined = if self.text.is_empty() { base.0.as_str().to_owned() } else { format!("{root}{slash}{path}") };
        let url = FinishedUrl::parse(&joined)?;
        if url.0.origin() != base.0.origin() || climbs(url.0.path()) {
            return Err(UrlError::Invalid("the path leads away from the base URL".to_owned()).into());
        }
        Ok(url)
    }

    fn step(mut self, step: impl FnOnce(&mut Self) -> Result<(), EventErrorKind>) -> Self {
        if self.error.is_none() {
            self.error = step(&mut self).err();
        }
        self
    }
}
