//! Which credentials a request carries.

use crate::intake::{App, AuthKind, AuthMethod};
use crate::workflow::{Connection, Credentials, Platform, Workflow, basic};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};

/// A request cannot be authenticated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The connection has no credentials.
    #[error("connection {connection} has no credentials, but auth method `{method}` of the manifest needs {needs}")]
    Missing {
        /// The connection's id.
        connection: String,
        /// The method of `auth`.
        method: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// The credentials are of another kind.
    #[error(
        "the credentials of connection {connection} are {found}, but auth method `{method}` of the manifest needs {needs}"
    )]
    Mismatch {
        /// The connection's id.
        connection: String,
        /// The method of `auth`.
        method: &'static str,
        /// What it needs.
        needs: &'static str,
        /// What there is.
        found: &'static str,
    },
    /// The manifest has several methods.
    #[error(
        "the manifest has several auth methods ({methods}): name the one of connection {connection} with `Connection::auth`"
    )]
    Ambiguous {
        /// The connection's id.
        connection: String,
        /// The methods.
        methods: String,
    },
    /// The manifest has no such method.
    #[error("connection {connection} names auth method `{method}`, but the manifest has {methods}")]
    Unknown {
        /// The connection's id.
        connection: String,
        /// The method it names.
        method: String,
        /// The methods there are.
        methods: String,
    },
    /// Nothing says which header a token belongs in.
    #[error(
        "the credentials of connection {connection} are a token, but the manifest has no `auth` that says which header to send it in: use bearer or basic credentials, or declare `auth`"
    )]
    NoHeader {
        /// The connection's id.
        connection: String,
    },
    /// The credentials cannot be sent.
    #[error("the credentials of {owner} hold a line break or another character that header `{header}` cannot")]
    Unsendable {
        /// Whose credentials.
        owner: String,
        /// The header.
        header: String,
    },
    /// The workflow has no account at the platform.
    #[error(
        "workflow {workflow} has no account at the platform, but the target is `activecampaign`: give it one with `Workflow::platform`"
    )]
    NoPlatform {
        /// The workflow's id.
        workflow: String,
    },
}

/// Adds the connection's credentials. A header that the manifest sets itself is left as it is.
pub(crate) fn connection(app: &App, workflow: &Workflow, headers: &mut HeaderMap) -> Result<(), AuthError> {
    let credentials = workflow.get_connection().map_or(&Credentials::None, Connection::get_credentials);
    let method = method(app, workflow)?;
    let owner = || format!("connection {}", workflow.connection_id());
    let (header, value) = match (method.map(|method| method.kind), credentials) {
        (None, Credentials::None) => return Ok(()),
        (None, Credentials::Token(_)) => {
            return Err(AuthError::NoHeader { connection: workflow.connection_id().to_owned() });
        }
        (Some(AuthKind::Token { header, prefix }), Credentials::Token(token)) => {
            let prefix = prefix.map(|prefix| format!("{prefix} ")).unwrap_or_default();
            (header, format!("{prefix}{}", token.expose()))
        }
        (None | Some(AuthKind::OAuth2 | AuthKind::Session), Credentials::Bearer(token)) => {
            (AUTHORIZATION.as_str(), format!("Bearer {}", token.expose()))
        }
        (None | Some(AuthKind::Basic), Credentials::Basic { username, password }) => {
            (AUTHORIZATION.as_str(), format!("Basic {}", basic(username, password).expose()))
        }
        (Some(_), found) => return Err(mismatch(method, found, workflow)),
    };
    add(headers, header, &value, owner)
}

/// Adds the API token of the customer's account at the platform.
pub(crate) fn platform(workflow: &Workflow, headers: &mut HeaderMap) -> Result<(), AuthError> {
    add(headers, "Api-Token", account(workflow)?.token.expose(), || {
        format!("workflow {} at the platform", workflow.id())
    })
}

pub(crate) fn account(workflow: &Workflow) -> Result<&Platform, AuthError> {
    workflow.get_platform().ok_or_else(|| AuthError::NoPlatform { workflow: workflow.id().to_owned() })
}

fn method(app: &App, workflow: &Workflow) -> Result<Option<&'static AuthMethod>, AuthError> {
    let connection = || workflow.connection_id().to_owned();
    let methods = || match app.auth {
        [] => "none".to_owned(),
        methods => methods.iter().map(|method| format!("`{}`", method.name)).collect::<Vec<_>>().join(", "),
    };
    match (app.auth, workflow.get_connection().and_then(Connection::method)) {
        (auth, Some(name)) => {
            let unknown =
                || AuthError::Unknown { connection: connection(), method: name.to_owned(), methods: methods() };
            auth.iter().find(|method| method.name == name).ok_or_else(unknown).map(Some)
        }
        ([], None) => Ok(None),
        ([method], None) => Ok(Some(method)),
        (_, None) => Err(AuthError::Ambiguous { connection: connection(), methods: methods() }),
    }
}

fn mismatch(method: Option<&AuthMethod>, credentials: &Credentials, workflow: &Workflow) -> AuthError {
    let connection = workflow.connection_id().to_owned();
    let (method, needs) = method.map_or(("", ""), |method| {
        let needs = match method.kind {
            AuthKind::Token { .. } => "a token",
            AuthKind::Basic => "a user name and a password",
            AuthKind::OAuth2 | AuthKind::Session => "an access token (`Credentials::bearer`)",
        };
        (method.name, needs)
    });
    let found = match credentials {
        Credentials::None => return AuthError::Missing { connection, method, needs },
        Credentials::Token(_) => "a token",
        Credentials::Basic { .. } => "a user name and a password",
        Credentials::Bearer(_) => "an access token",
    };
    AuthError::Mismatch { connection, method, needs, found }
}

fn add(headers: &mut HeaderMap, header: &str, value: &str, owner: impl Fn() -> String) -> Result<(), AuthError> {
    let unsendable = || AuthError::Unsendable { owner: owner(), header: header.to_owned() };
    let name = HeaderName::from_bytes(header.as_bytes()).map_err(|_| unsendable())?;
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unsendable())?;
    value.set_sensitive(true);
    headers.entry(name).or_insert(value);
    Ok(())
}
