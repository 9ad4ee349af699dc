//! Commands and their arguments.

use super::intake::SCOPES;
use super::{Key, Need, Object, Takes, Word, Words};
use crate::manifest::model::{Algorithm, Method, Target};

const COMMANDS: Takes = Takes::List { what: "commands", of: &Takes::Command };

/// The commands: an object with exactly one of these keys.
pub static COMMAND: Object = Object {
    id: "command",
    what: "a command",
    doc: "A command: an object with exactly one key that starts with `!`. It gets an input and gives an output.",
    open: false,
    keys: &[
        command(
            "!pipe",
            COMMANDS,
            "Runs commands from left to right: each gets the output of the one before it. `${piped_content.0}` is the \
             pipe's input, `${piped_content.N}` the output of its N-th command.",
        ),
        command(
            "!jq",
            Takes::Program,
            "Runs a jq program on the input. It is meant to give one output; none gives `null`.",
        ),
        command(
            "!http",
            Takes::Object(&HTTP),
            "Makes one HTTP request. Its output is the response; its input is not used.",
        ),
        command(
            "!save",
            Takes::Object(&SAVE),
            "Merges its input, an object, into the saved data of a scope, where `${data.SCOPE.KEY}` reads it. Its \
             output is its input.",
        ),
        command(
            "!switch",
            Takes::Object(&SWITCH),
            "Runs one of several commands with its own input. There is no default case.",
        ),
        command("!extract", Takes::Object(&EXTRACT), "Gives an object with only some keys of the input."),
        command(
            "!sha",
            Takes::Object(&SHA),
            "Hashes the text of the input's `value_to_encrypt`. Gives `{value_to_encrypt, hash}`, the hash in \
             lower-case hexadecimal digits.",
        ),
        command(
            "!respond",
            Takes::Object(&RESPOND),
            "Answers the vendor's call: in `verification` only. Its output is the body of the answer.",
        ),
        command(
            "!print_c",
            Takes::Text,
            "Writes a text to the program's log. Its output is its input, and it counts in `piped_content`.",
        ),
        command("!error", Takes::Literal, "Fails the event with a text, which takes no variables."),
    ],
};

const fn command(name: &'static str, takes: Takes, doc: &'static str) -> Key {
    Key { name, doc, takes, need: Need::Optional }
}

/// `method`
pub static METHODS: Words<Method> = Words {
    what: "method",
    words: &[
        Word { word: "GET", value: Method::Get, doc: "Reads. Without a `body` none is sent." },
        Word { word: "POST", value: Method::Post, doc: "Creates." },
        Word { word: "PUT", value: Method::Put, doc: "Replaces." },
        Word { word: "PATCH", value: Method::Patch, doc: "Changes a part." },
        Word { word: "DELETE", value: Method::Delete, doc: "Removes. Without a `body` none is sent." },
        Word { word: "OPTIONS", value: Method::Options, doc: "Asks what is allowed. Without a `body` none is sent." },
    ],
};

/// `target`
pub static TARGETS: Words<Target> = Words {
    what: "target",
    words: &[
        Word {
            word: "connection",
            value: Target::Connection,
            doc: "The vendor: the request carries the connection's credentials, as `auth` says.",
        },
        Word { word: "external", value: Target::External, doc: "Anybody else: the request carries no credentials." },
        Word {
            word: "activecampaign",
            value: Target::ActiveCampaign,
            doc: "The customer's account at the platform: `path` only, below that account's own URL.",
        },
    ],
};

/// `!http`
pub static HTTP: Object = Object {
    id: "http",
    what: "`!http`",
    doc: "One HTTP request. It needs `path` or `url`.",
    open: false,
    keys: &[
        Key { name: "method", doc: "The HTTP method.", takes: Takes::Word(&METHODS), need: Need::Default("GET") },
        Key {
            name: "path",
            doc: "Where the request goes: joined to `api.base_url` with exactly one `/` between them.",
            takes: Takes::Url,
            need: Need::Optional,
        },
        Key {
            name: "url",
            doc: "Where the request goes: a whole URL. It wins over `path`.",
            takes: Takes::Url,
            need: Need::Optional,
        },
        Key {
            name: "target",
            doc: "Whose credentials the request carries. Choose `external` for every host that is not the vendor's.",
            takes: Takes::Word(&TARGETS),
            need: Need::Default("connection"),
        },
        Key {
            name: "params",
            doc: "Query parameters, after any in the URL. An entry whose value is `null` is left out.",
            takes: Takes::Map { name: "a parameter's name", of: &Takes::Value },
            need: Need::Default("{}"),
        },
        Key {
            name: "headers",
            doc: "Headers. An entry whose value is `null` is left out.",
            takes: HEADERS,
            need: Need::Default("{}"),
        },
        Key {
            name: "body",
            doc: "The body: JSON, or a form where the header `content-type` says so. Methods other than `GET`, \
                  `DELETE` and `OPTIONS` send `{}` without it.",
            takes: Takes::Value,
            need: Need::Optional,
        },
        Key {
            name: "pagination",
            doc: "Has no effect in an intake, which keeps its own place in `polling_state`.",
            takes: Takes::Anything,
            need: Need::Optional,
        },
    ],
};

const HEADERS: Takes = Takes::Map { name: "a header's name", of: &Takes::Scalar };

/// `!save`
pub static SAVE: Object = Object {
    id: "save",
    what: "`!save`",
    doc: "Where the input's keys are saved.",
    open: false,
    keys: &[Key {
        name: "scope",
        doc: "Who shares what is saved. In a webhook intake it is best the intake's own `scope`.",
        takes: Takes::Word(&SCOPES),
        need: Need::Required("add `\"scope\"`: `workflow`, `connection` or `application`, as the intake's own `scope`"),
    }],
};

/// `!switch`
pub static SWITCH: Object = Object {
    id: "switch",
    what: "`!switch`",
    doc: "Commands to choose from, and the program that chooses.",
    open: false,
    keys: &[
        Key {
            name: "jq",
            doc: "Runs on the input and gives the index of the case to run, from 0.",
            takes: Takes::Program,
            need: Need::Required("add `\"jq\"`, the program that gives the index of the case to run"),
        },
        Key {
            name: "cases",
            doc: "The commands to choose from. Each gets the input of the `!switch`.",
            takes: COMMANDS,
            need: Need::Required("add `\"cases\": [ … ]`, the commands to choose from"),
        },
    ],
};

/// `!extract`
pub static EXTRACT: Object = Object {
    id: "extract",
    what: "`!extract`",
    doc: "Which keys of the input to keep.",
    open: false,
    keys: &[
        Key {
            name: "item_keys",
            doc: "The keys to keep. One that the input lacks is left out.",
            takes: Takes::STRINGS,
            need: Need::Required("add `\"item_keys\": [ … ]`, the keys of the input to keep"),
        },
        Key {
            name: "to_json",
            doc: "Whether to parse each value from a JSON string.",
            takes: Takes::Boolean,
            need: Need::Default("false"),
        },
    ],
};

/// `algorithm` of `!sha`
pub static ALGORITHMS: Words<Algorithm> = Words {
    what: "algorithm",
    words: &[
        Word { word: "md5", value: Algorithm::Md5, doc: "MD5. Broken: only where a vendor asks for it." },
        Word { word: "sha1", value: Algorithm::Sha1, doc: "SHA-1. Broken: only where a vendor asks for it." },
        Word { word: "sha224", value: Algorithm::Sha224, doc: "SHA-2, 224 bits." },
        Word { word: "sha256", value: Algorithm::Sha256, doc: "SHA-2, 256 bits." },
        Word { word: "sha384", value: Algorithm::Sha384, doc: "SHA-2, 384 bits." },
        Word { word: "sha512", value: Algorithm::Sha512, doc: "SHA-2, 512 bits." },
        Word { word: "sha3_224", value: Algorithm::Sha3_224, doc: "SHA-3, 224 bits." },
        Word { word: "sha3_256", value: Algorithm::Sha3_256, doc: "SHA-3, 256 bits." },
        Word { word: "sha3_384", value: Algorithm::Sha3_384, doc: "SHA-3, 384 bits." },
        Word { word: "sha3_512", value: Algorithm::Sha3_512, doc: "SHA-3, 512 bits." },
        Word { word: "blake2b", value: Algorithm::Blake2b, doc: "BLAKE2b, 512 bits." },
        Word { word: "blake2s", value: Algorithm::Blake2s, doc: "BLAKE2s, 256 bits." },
    ],
};

/// `!sha`
pub static SHA: Object = Object {
    id: "sha",
    what: "`!sha`",
    doc: "How to hash the input's `value_to_encrypt`.",
    open: false,
    keys: &[
        Key {
            name: "algorithm",
            doc: "The hash function.",
            takes: Takes::Word(&ALGORITHMS),
            need: Need::Required("add `\"algorithm\"`, for example `sha256`"),
        },
        Key { name: "secret", doc: "Makes it an HMAC with this key.", takes: Takes::Text, need: Need::Optional },
    ],
};

/// `!respond`
pub static RESPOND: Object = Object {
    id: "respond",
    what: "`!respond`",
    doc: "The answer to the vendor's call.",
    open: false,
    keys: &[
        Key {
            name: "process_payload",
            doc: "Whether the payload also goes to the workflows.",
            takes: Takes::Boolean,
            need: Need::Default("false"),
        },
        Key {
            name: "code",
            doc: "The status.",
            takes: Takes::Integer { least: 200, most: 599, unit: None },
            need: Need::Default("200"),
        },
        Key { name: "headers", doc: "The headers.", takes: HEADERS, need: Need::Default("{}") },
        Key {
            name: "body",
            doc: "The body: a string is sent as plain text, `null` as no body, anything else as JSON.",
            takes: Takes::Value,
            need: Need::Default("{}"),
        },
    ],
};
