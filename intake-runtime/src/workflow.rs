//! Who an intake runs for: a customer's workflow and their connection to the vendor.

use crate::connections::PlatformAccount;
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};

/// A workflow of a customer: what runs, for whom, with which connection.
#[derive(Clone, Debug)]
pub struct Workflow {
    id: String,
    connection: Option<Connection>,
    resource: Option<String>,
    platform: Option<Platform>,
}

/// The customer's account at the platform, for requests with the target `activecampaign`.
#[derive(Clone, Debug)]
pub(crate) struct Platform {
    pub(crate) url: String,
    pub(crate) token: Secret,
}

impl Workflow {
    /// A workflow; state is stored under its id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), connection: None, resource: None, platform: None }
    }

    /// Its connection to the vendor. Without one, the workflow's id is also its connection's.
    #[must_use]
    pub fn connection(mut self, connection: Connection) -> Self {
        self.connection = Some(connection);
        self
    }

    /// The resource its user selected: `${resource.id}`, and what `resource_id` of a shared hook is compared with.
    #[must_use]
    pub fn resource(mut self, id: impl Into<String>) -> Self {
        self.resource = Some(id.into());
        self
    }

    /// The customer's account at the platform: base URL and API token.
    #[must_use]
    pub fn platform(self, url: impl Into<String>, token: impl Into<Secret>) -> Self {
        self.platform_account(PlatformAccount::new(url, token))
    }

    /// The same, as a [`Connections`](crate::connections::Connections) provides it.
    #[must_use]
    pub fn platform_account(mut self, account: PlatformAccount) -> Self {
        self.platform = Some(account.0);
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of its connection.
    #[must_use]
    pub fn connection_id(&self) -> &str {
        self.connection.as_ref().map_or(&self.id, |connection| &connection.id)
    }

    /// The resource its user selected.
    #[must_use]
    pub fn resource_id(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// The account at the vendor.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        self.connection.as_ref()?.account.as_deref()
    }

    /// The customer's subdomain at the vendor.
    #[must_use]
    pub fn subdomain(&self) -> Option<&str> {
        self.connection.as_ref()?.subdomain.as_deref()
    }

    pub(crate) const fn get_connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    pub(crate) const fn get_platform(&self) -> Option<&Platform> {
        self.platform.as_ref()
    }

    /// What must never appear in an error or a log, in the forms it is sent in.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let platform = self.platform.as_ref().map(|platform| platform.token.clone());
        let credentials = self.connection.as_ref().map(|connection| &connection.credentials);
        let mut secrets: Vec<_> = platform.into_iter().collect();
        match credentials {
            Some(Credentials::Token(token) | Credentials::Bearer(token)) => secrets.push(token.clone()),
            Some(Credentials::Basic { username, password }) => {
                secrets.extend([basic(username, password), password.clone()]);
            }
            Some(Credentials::None) | None => {}
        }
        secrets
    }
}

/// User name and password as basic authentication sends them.
pub(crate) fn basic(username: &str, password: &Secret) -> Secret {
    BASE64_STANDARD.encode(format!("{username}:{}", password.expose())).into()
}

/// A customer's connection to the vendor. Several workflows may share one.
#[derive(Clone, Debug)]
pub struct Connection {
    id: String,
    subdomain: Option<String>,
    account: Option<String>,
    method: Option<String>,
    credentials: Credentials,
}

impl Connection {
    /// A connection; data of scope `connection` is stored under its id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), subdomain: None, account: None, method: None, credentials: Credentials::None }
    }

    /// The customer's `${subdomain}`.
    #[must_use]
    pub fn subdomain(mut self, subdomain: impl Into<String>) -> Self {
        self.subdomain = Some(subdomain.into());
        self
    }

    /// The customer's account, which `account_id` of an application's hook is compared with.
    #[must_use]
    pub fn account(mut self, id: impl Into<String>) -> Self {
        self.account = Some(id.into());
        self
    }

    /// What requests to the vendor are authenticated with.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Which method of the manifest's `auth` the credentials are for, where it has several.
    #[must_use]
    pub fn auth(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The same under the id that the workflow knows it by.
    pub(crate) fn with_id(self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self }
    }

    pub(crate) fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    pub(crate) const fn get_credentials(&self) -> &Credentials {
        &self.credentials
    }
}

/// What requests to the vendor are authenticated with.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Credentials {
    /// Nothing.
    #[default]
    None,
    /// A token, sent in the header that the manifest's `token` method names.
    Token(Secret),
    /// User name and password, for a `basic` method.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// An access token, for `oauth2` and `session` methods.
    Bearer(Secret),
}

impl Credentials {
    /// [`Credentials::Token`]
    #[must_use]
    pub fn token(token: impl Into<Secret>) -> Self {
        Self::Token(token.into())
    }

    /// [`Credentials::Basic`]
    #[must_use]
    pub fn basic(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::Basic { username: username.into(), password: password.into() }
    }

    /// [`Credentials::Bearer`]
    #[must_use]
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self::Bearer(token.into())
    }
}
