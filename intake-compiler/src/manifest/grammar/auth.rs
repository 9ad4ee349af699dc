//! The methods of `auth`.

use super::{Key, Need, Object, Tagged, Takes, Word, Words};

/// The ways to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the manifest's words")]
pub enum AuthType {
    OAuth2,
    Basic,
    Token,
    Session,
}

impl AuthType {
    /// The keys of such a method.
    #[must_use]
    pub fn object(self) -> &'static Object {
        match self {
            Self::OAuth2 => &OAUTH2,
            Self::Basic => &BASIC,
            Self::Token => &TOKEN,
            Self::Session => &SESSION,
        }
    }
}

/// A method of any type.
pub static AUTH_METHOD: Tagged = Tagged {
    id: "authMethod",
    what: "an auth method",
    types: &AUTH_TYPES,
    object: |word| AUTH_TYPES.value(word).map(AuthType::object),
};

/// `type` of a method.
pub static AUTH_TYPES: Words<AuthType> = Words {
    what: "auth type",
    words: &[
        Word { word: "oauth2", value: AuthType::OAuth2, doc: "OAuth 2: requests carry `authorization: Bearer …`." },
        Word {
            word: "basic",
            value: AuthType::Basic,
            doc: "User name and password: requests carry `authorization: Basic …`.",
        },
        Word {
            word: "token",
            value: AuthType::Token,
            doc: "A token in a header: requests carry `<header_key>: [<token_prefix> ]<token>`.",
        },
        Word {
            word: "session",
            value: AuthType::Session,
            doc: "A login that expires: requests carry `authorization: Bearer …`.",
        },
    ],
};

const TYPE: Key = Key {
    name: super::TAG,
    doc: "How requests are authenticated.",
    takes: Takes::Word(&AUTH_TYPES),
    need: Need::Required("add `\"type\"`: `oauth2`, `basic`, `token` or `session`"),
};

const VERIFY_URL: Key = Key {
    name: "verify_url",
    doc: "Is called to try the credentials.",
    takes: Takes::Url,
    need: Need::Required("add `\"verify_url\"`, which is called to try the credentials"),
};

const DEFINED: Takes = Takes::Map { name: "the name of a field", of: &DEFINED_FIELD };

const DEFINED_FIELD: Takes =
    Takes::Either(&[Takes::Map { name: "a property of a field", of: &Takes::Anything }, Takes::Literal]);

const DEFINED_DOC: &str = "What the customer is asked for: an object from a field to its description.";

const DEFINED_FIELDS: Key = Key {
    name: "defined_fields",
    doc: DEFINED_DOC,
    takes: DEFINED,
    need: Need::Required("add `\"defined_fields\"`, what the customer is asked for"),
};

/// `oauth2`
pub static OAUTH2: Object = Object {
    id: "oauth2",
    what: "an auth method",
    doc: "OAuth 2: requests carry `authorization: Bearer …`.",
    open: false,
    keys: &[
        TYPE,
        Key {
            name: "configuration",
            doc: "The client and the URLs of the vendor's OAuth 2 server.",
            takes: Takes::Object(&CONFIGURATION),
            need: Need::Required("add `\"configuration\"` with the client and the URLs of the vendor's OAuth 2 server"),
        },
    ],
};

/// `configuration` of an `oauth2` method.
pub static CONFIGURATION: Object = Object {
    id: "oauth2Configuration",
    what: "`configuration`",
    doc: "The client and the URLs of the vendor's OAuth 2 server.",
    open: false,
    keys: &[
        Key {
            name: "authorization_base_url",
            doc: "Where the customer is sent to agree.",
            takes: Takes::Url,
            need: Need::Required("add `\"authorization_base_url\"`, where the customer is sent to agree"),
        },
        Key {
            name: "client_id",
            doc: "The app's id at the vendor.",
            takes: Takes::Text,
            need: Need::Required("add `\"client_id\"`, the app's id at the vendor"),
        },
        Key {
            name: "client_secret",
            doc: "The app's secret at the vendor, as a placeholder: `\"[client secret]\"`.",
            takes: Takes::Text,
            need: Need::Required("add `\"client_secret\"`, the app's secret at the vendor, as a placeholder"),
        },
        Key {
            name: "scopes",
            doc: "The rights that the app asks for.",
            takes: Takes::STRINGS,
            need: Need::Required("add `\"scopes\": [ … ]`, the rights that the app asks for"),
        },
        Key {
            name: "token_url",
            doc: "Where a code becomes a token.",
            takes: Takes::Url,
            need: Need::Required("add `\"token_url\"`, where a code becomes a token"),
        },
        Key {
            name: "token_request_body",
            doc: "The body of the request for a token.",
            takes: Takes::Text,
            need: Need::Optional,
        },
        Key { name: "refresh_url", doc: "Where a token is renewed.", takes: Takes::Url, need: Need::Optional },
        Key {
            name: "include_client_id",
            doc: "Whether the request for a token names the client.",
            takes: Takes::Boolean,
            need: Need::Default("false"),
        },
    ],
};

/// `basic`
pub static BASIC: Object = Object {
    id: "basic",
    what: "an auth method",
    doc: "User name and password: requests carry `authorization: Basic …`.",
    open: false,
    keys: &[TYPE, VERIFY_URL, DEFINED_FIELDS],
};

/// `token`
pub static TOKEN: Object = Object {
    id: "token",
    what: "an auth method",
    doc: "A token in a header: requests carry `<header_key>: [<token_prefix> ]<token>`.",
    open: false,
    keys: &[
        TYPE,
        Key {
            name: "header_key",
            doc: "The header that carries the token.",
            takes: Takes::Literal,
            need: Need::Required("add `\"header_key\"`, the header that carries the token"),
        },
        Key {
            name: "token_prefix",
            doc: "What stands before the token, as `Bearer`.",
            takes: Takes::Literal,
            need: Need::Optional,
        },
        VERIFY_URL,
        DEFINED_FIELDS,
    ],
};

/// `session`
pub static SESSION: Object = Object {
    id: "session",
    what: "an auth method",
    doc: "A login that expires: requests carry `authorization: Bearer …`.",
    open: false,
    keys: &[
        TYPE,
        VERIFY_URL,
        Key {
            name: "request_body",
            doc: "What is posted to `verify_url` beside the credentials.",
            takes: Takes::Value,
            need: Need::Optional,
        },
        Key { name: "defined_fields", doc: DEFINED_DOC, takes: DEFINED, need: Need::Optional },
    ],
};
