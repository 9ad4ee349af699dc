//! Signatures of the Standard Webhooks scheme, version 1.

use crate::clock::Timestamp;
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How many bytes a secret has, as the scheme has it.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that messages are signed with: `whsec_` and 24 to 64 bytes in base64.
#[derive(Clone, Debug)]
pub struct SigningSecret(Secret);

/// Why a text is no secret to sign with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It is not base64.
    #[error("the secret is not base64 behind `whsec_`: give it as the receiving side shows it")]
    NotBase64,
    /// It has the wrong length.
    #[error("the secret has {found} bytes, but 24 to 64 are needed")]
    Length {
        /// How many it has.
        found: usize,
    },
}

impl SigningSecret {
    /// Reads a secret; the `whsec_` may be left out.
    ///
    /// # Errors
    /// If it is none.
    pub fn new(text: impl Into<Secret>) -> Result<Self, SecretError> {
        let secret = Self(text.into());
        let found = secret.key()?.len();
        if LENGTHS.contains(&found) { Ok(secret) } else { Err(SecretError::Length { found }) }
    }

    fn key(&self) -> Result<Vec<u8>, SecretError> {
        let text = self.0.expose();
        BASE64_STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| SecretError::NotBase64)
    }

    /// The signature of a message: `v1,` and base64.
    pub(super) fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> Result<String, SecretError> {
        let key = self.key()?;
        // A key may have any length.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&key) else { unreachable!() };
        let seconds = at.0.div_euclid(1000);
        let signature = mac.chain_update(format!("{id}.{seconds}.")).chain_update(body).finalize().into_bytes();
        Ok(format!("v1,{}", BASE64_STANDARD.encode(signature)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_met() {
        // Of the scheme's reference libraries.
        let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp(1_614_265_330_999);
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let bare = SigningSecret::new("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(bare.sign("", at, b"").unwrap(), secret.sign("", at, b"").unwrap());
        assert!(!format!("{secret:?}").contains("MfKQ"));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_shown() {
        for (text, expected) in [
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", "the secret is not base64 behind `whsec_`"),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa", "the secret is not base64 behind `whsec_`"),
            ("whsec_aGk=", "the secret has 2 bytes, but 24 to 64 are needed"),
            ("", "the secret has 0 bytes, but 24 to 64 are needed"),
        ] {
            let error = SigningSecret::new(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
