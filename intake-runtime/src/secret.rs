//! Secrets that do not show.

use secrecy::{ExposeSecret, SecretString};

/// A password or token. It is never printed, and wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Keeps a secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into().into())
    }

    /// The secret itself, for whoever sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Replaces every secret in a text and cuts it to at most `limit` bytes.
pub(crate) fn scrub(text: &str, secrets: &[Secret], limit: usize) -> String {
    let secrets: Vec<_> = secrets.iter().map(Secret::expose).filter(|secret| !secret.is_empty()).collect();
    let mut clean = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let secret = secrets.iter().filter(|secret| rest.starts_with(**secret)).max_by_key(|secret| secret.len());
        let (piece, length) = match secret {
            Some(secret) => ("[secret]", secret.len()),
            None => (&rest[..next.len_utf8()], next.len_utf8()),
        };
        if clean.len() + piece.len() > limit {
            clean.push('…');
            break;
        }
        clean.push_str(piece);
        rest = &rest[length..];
    }
    clean
}
