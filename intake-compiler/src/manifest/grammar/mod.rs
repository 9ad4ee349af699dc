//! The language as data: every key of a manifest, what it takes, and what it means.
//!
//! Decoding reads manifests by these tables; the JSON Schema and what editors complete and show are made from them.

mod auth;
mod command;
mod document;
mod intake;

pub use auth::{AUTH_METHOD, AUTH_TYPES, AuthType, BASIC, CONFIGURATION, OAUTH2, SESSION, TOKEN};
pub use command::{ALGORITHMS, COMMAND, EXTRACT, HTTP, METHODS, RESPOND, SAVE, SHA, SWITCH, TARGETS};
pub use document::{API, DOCUMENT, LEVELS, QUOTA, RATE_LIMIT, ROOT, SETUP, WORKFLOW};
pub use intake::{IMPORT_OPTIONS, INTAKE, INTAKE_TYPES, IntakeType, POLLING, SCOPES, WEBHOOK};

use std::fmt;

/// The key that is a comment in every object.
pub const COMMENT: &str = "_comment";

/// Its older spelling.
pub const OLD_COMMENT: &str = "!_comment";

/// An object whose keys are known.
#[derive(Debug)]
pub struct Object {
    /// Its name in the JSON Schema.
    pub id: &'static str,
    /// As messages name it: `a webhook intake`.
    pub what: &'static str,
    /// What it is for: Markdown.
    pub doc: &'static str,
    /// Its keys, in the order in which they are best written.
    pub keys: &'static [Key],
    /// Whether it can have other keys, which are not read.
    pub open: bool,
}

/// A key of an [`Object`].
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it means: Markdown.
    pub doc: &'static str,
    /// What its value must be.
    pub takes: Takes,
    /// Whether it must be there.
    pub need: Need,
}

/// Whether a key must be there.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// It must; with what to say where it is missing.
    Required(&'static str),
    /// It need not, and without it there is no value.
    Optional,
    /// It need not; without it the value is this: a word, or JSON.
    Default(&'static str),
}

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// Anything: it is not read.
    Anything,
    /// Any JSON, in whose strings variables are replaced.
    Value,
    /// A string with variables, or a number, boolean or `null`.
    Scalar,
    /// A string with variables.
    Text,
    /// A string with variables that is a URL or a part of one.
    Url,
    /// A string without variables.
    Literal,
    /// The name of an intake of the manifest.
    IntakeName,
    /// A jq program.
    Program,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
        /// What is counted, where the key does not say it.
        unit: Option<&'static str>,
    },
    /// One of some words.
    Word(&'static dyn WordList),
    /// A command: an object with one key of [`COMMAND`].
    Command,
    /// An array.
    List {
        /// What it holds, in the plural.
        what: &'static str,
        /// What each element must be.
        of: &'static Takes,
    },
    /// An object with known keys.
    Object(&'static Object),
    /// An object with names that the manifest's author chooses.
    Map {
        /// What such a name is.
        name: &'static str,
        /// What each value must be.
        of: &'static Takes,
    },
    /// One of several objects, as its key `type` says.
    Tagged(&'static Tagged),
    /// One of several.
    Either(&'static [Takes]),
}

/// Objects that are told apart by their key `type`.
#[derive(Debug)]
pub struct Tagged {
    /// Their name in the JSON Schema.
    pub id: &'static str,
    /// As messages name any of them: `an intake`.
    pub what: &'static str,
    /// The values of `type`.
    pub types: &'static dyn WordList,
    /// The object of a type.
    pub object: fn(&str) -> Option<&'static Object>,
}

/// The key by which [`Tagged`] objects are told apart.
pub const TAG: &str = "type";

/// Some words, and what they stand for in the model.
#[derive(Debug)]
pub struct Words<T: 'static> {
    /// As messages name one of them: `method`.
    pub what: &'static str,
    /// The words.
    pub words: &'static [Word<T>],
}

/// One of some [`Words`].
#[derive(Debug)]
pub struct Word<T> {
    /// As it is written.
    pub word: &'static str,
    /// What it stands for.
    pub value: T,
    /// What it means: Markdown.
    pub doc: &'static str,
}

/// Some words, whatever they stand for.
pub trait WordList: fmt::Debug + Sync {
    /// As messages name one of them.
    fn what(&self) -> &'static str;

    /// Each word and what it means.
    fn all(&self) -> Vec<(&'static str, &'static str)>;
}

impl<T: fmt::Debug + Sync> WordList for Words<T> {
    fn what(&self) -> &'static str {
        self.what
    }

    fn all(&self) -> Vec<(&'static str, &'static str)> {
        self.words.iter().map(|word| (word.word, word.doc)).collect()
    }
}

impl<T: Copy> Words<T> {
    /// What `word` stands for, if it is one of them.
    #[must_use]
    pub fn value(&self, word: &str) -> Option<T> {
        self.words.iter().find(|known| known.word == word).map(|known| known.value)
    }
}

impl Object {
    /// The key called `name`.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The names of its keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}

impl Takes {
    /// An array of strings without variables.
    const STRINGS: Self = Self::List { what: "strings", of: &Self::Literal };

    /// As messages name it, with its article.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Anything | Self::Value => "a value".to_owned(),
            Self::Either(several) => several.iter().map(Self::expected).collect::<Vec<_>>().join(" or "),
            Self::Scalar => "a string, number, boolean or null".to_owned(),
            Self::Text | Self::Url | Self::Literal | Self::IntakeName | Self::Program | Self::Word(_) => {
                "a string".to_owned()
            }
            Self::Boolean => "a boolean".to_owned(),
            Self::Integer { .. } => "a number".to_owned(),
            Self::Command => "a command".to_owned(),
            Self::List { what, .. } => format!("an array of {what}"),
            Self::Object(_) | Self::Map { .. } | Self::Tagged(_) => "an object".to_owned(),
        }
    }
}
