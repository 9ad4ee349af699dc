//! `!sha`

use hmac::{KeyInit, Mac, SimpleHmac};
use sha2::Digest;
use sha2::digest::block_api::BlockSizeUser;
use std::fmt::Write;

/// The algorithms of `!sha`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
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

impl Algorithm {
    /// The hash as lower-case hex; with a secret, the HMAC (RFC 2104), of `blake2` too.
    pub(crate) fn hex(self, secret: Option<&[u8]>, data: &[u8]) -> String {
        let hash = match self {
            Self::Md5 => hash::<md5::Md5>,
            Self::Sha1 => hash::<sha1::Sha1>,
            Self::Sha224 => hash::<sha2::Sha224>,
            Self::Sha256 => hash::<sha2::Sha256>,
            Self::Sha384 => hash::<sha2::Sha384>,
            Self::Sha512 => hash::<sha2::Sha512>,
            Self::Sha3_224 => hash::<sha3::Sha3_224>,
            Self::Sha3_256 => hash::<sha3::Sha3_256>,
            Self::Sha3_384 => hash::<sha3::Sha3_384>,
            Self::Sha3_512 => hash::<sha3::Sha3_512>,
            Self::Blake2b => hash::<blake2::Blake2b512>,
            Self::Blake2s => hash::<blake2::Blake2s256>,
        };
        hash(secret, data).iter().fold(String::new(), |mut hex, byte| {
            _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

fn hash<D: Digest + BlockSizeUser>(secret: Option<&[u8]>, data: &[u8]) -> Vec<u8> {
    let Some(secret) = secret else { return D::digest(data).to_vec() };
    // A key may have any length.
    let Ok(mac) = <SimpleHmac<D> as KeyInit>::new_from_slice(secret) else { unreachable!() };
    mac.chain_update(data).finalize().into_bytes().to_vec()
}
