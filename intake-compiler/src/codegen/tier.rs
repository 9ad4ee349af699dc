//! How a jq program is run.

use super::projection;
use crate::ir::Document;
use crate::jq::native::Unsupported;
use crate::jq::native::ir::Filter;

/// How a program is run, and why not better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Over the bytes of a document.
    A,
    /// By native code over values; by jaq where that bails out.
    B(Unsupported),
    /// By jaq.
    C(Unsupported),
}

impl Tier {
    /// The tier of a program that is compiled, or not and why; `document` says what its input is made of, if it is
    /// not read by then.
    #[must_use]
    pub fn of(native: &Result<Filter, Unsupported>, document: Option<Document>) -> Self {
        let filter = match native {
            Err(unsupported) => return Self::C(unsupported.clone()),
            Ok(filter) => filter,
        };
        let Some(document) = document else {
            let reason = "only a payload, or a response that nothing else uses, is run over as bytes".to_owned();
            return Self::B(Unsupported { span: filter.root.span, reason });
        };
        projection::function(filter, document).map_or_else(Self::B, |_| Self::A)
    }

    /// Its letter, and what it means in a word or two.
    #[must_use]
    pub const fn described(&self) -> (&'static str, &'static str) {
        match self {
            Self::A => ("A", "over bytes"),
            Self::B(_) => ("B", "compiled"),
            Self::C(_) => ("C", "interpreted"),
        }
    }

    /// Why it is not a better one.
    #[must_use]
    pub const fn reason(&self) -> Option<&Unsupported> {
        match self {
            Self::A => None,
            Self::B(reason) | Self::C(reason) => Some(reason),
        }
    }
}
