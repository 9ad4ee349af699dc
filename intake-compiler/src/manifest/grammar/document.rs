//! The document, `api` and `workflows`.

use super::auth::AUTH_METHOD;
use super::intake::INTAKE;
use super::{Key, Need, Object, Takes};

/// What a manifest's text is.
pub static ROOT: Takes = Takes::Either(&[Takes::Object(&DOCUMENT), INTAKES]);

const INTAKES: Takes = Takes::List { what: "intakes", of: &Takes::Tagged(&INTAKE) };

/// The whole document.
pub static DOCUMENT: Object = Object {
    id: "document",
    what: "the manifest",
    doc: "A manifest: the app's whole configuration, or `data_intake` alone.",
    open: false,
    keys: &[
        Key {
            name: "$schema",
            doc: "For editors, which find the JSON Schema by it. It has no meaning.",
            takes: Takes::Literal,
            need: Need::Optional,
        },
        Key {
            name: "$version",
            doc: "The version of the manifest language: `\"2\"`.",
            takes: Takes::Literal,
            need: Need::Optional,
        },
        Key {
            name: "api",
            doc: "Where the vendor's API is, and how many requests it allows.",
            takes: Takes::Object(&API),
            need: Need::Optional,
        },
        Key {
            name: "auth",
            doc: "How requests of the target `connection` are authenticated: an object from a name to a method.",
            takes: Takes::Map { name: "the name of an auth method", of: &Takes::Tagged(&AUTH_METHOD) },
            need: Need::Optional,
        },
        Key {
            name: "data_intake",
            doc: "The intakes: the sources of records. Each is a webhook or polls.",
            takes: INTAKES,
            need: Need::Optional,
        },
        Key {
            name: "workflows",
            doc: "The platform's workflows. Only what has to do with intakes is read: the names in `data_intake` and \
                  `historical_data_intake`, the ids of form fields, and `setup.schedule`.",
            takes: Takes::List { what: "workflows", of: &Takes::Object(&WORKFLOW) },
            need: Need::Optional,
        },
        Key {
            name: "objects",
            doc: "Belongs to the platform. It is not read.",
            takes: Takes::Anything,
            need: Need::Optional,
        },
    ],
};

/// `api`
pub static API: Object = Object {
    id: "api",
    what: "`api`",
    doc: "Where the vendor's API is, and how many requests it allows.",
    open: false,
    keys: &[
        Key {
            name: "base_url",
            doc: "What the `path` of an `!http` is joined to: an absolute URL without query and fragment. It may hold \
                  `${subdomain}`.",
            takes: Takes::Url,
            need: Need::Optional,
        },
        Key {
            name: "rate_limit",
            doc: "How many requests the vendor allows.",
            takes: Takes::Object(&RATE_LIMIT),
            need: Need::Optional,
        },
        Key {
            name: "pagination",
            doc: "Belongs to workflows. It has no effect on intakes, which keep their own place in `polling_state`.",
            takes: Takes::Anything,
            need: Need::Optional,
        },
    ],
};

const LIMIT: Takes = Takes::Either(&[Takes::Object(&QUOTA), Takes::Object(&LEVELS)]);

/// `api.rate_limit`
pub static RATE_LIMIT: Object = Object {
    id: "rateLimit",
    what: "`rate_limit`",
    doc: "How many requests the vendor allows.",
    open: false,
    keys: &[
        Key { name: "user", doc: "The quota of each connection.", takes: LIMIT, need: Need::Optional },
        Key { name: "app", doc: "The quota of all connections together.", takes: LIMIT, need: Need::Optional },
    ],
};

/// A limit with a quota for each direction.
pub static LEVELS: Object = Object {
    id: "rateLimits",
    what: "a rate limit",
    doc: "A quota for requests that read, and one for requests that write.",
    open: false,
    keys: &[
        Key {
            name: "read",
            doc: "The quota of requests that read.",
            takes: Takes::Object(&QUOTA),
            need: Need::Optional,
        },
        Key {
            name: "write",
            doc: "The quota of requests that write.",
            takes: Takes::Object(&QUOTA),
            need: Need::Optional,
        },
    ],
};

/// So many requests in so many seconds.
pub static QUOTA: Object = Object {
    id: "quota",
    what: "a rate limit",
    doc: "So many requests in so many seconds.",
    open: false,
    keys: &[
        Key {
            name: "requests",
            doc: "How many requests are allowed in a period.",
            takes: Takes::Integer { least: 1, most: u32::MAX, unit: None },
            need: Need::Required("add `\"requests\"`, how many requests are allowed in a period"),
        },
        Key {
            name: "period",
            doc: "The length of the period in seconds.",
            takes: Takes::Integer { least: 1, most: u32::MAX, unit: Some("seconds") },
            need: Need::Required("add `\"period\"`, the length of the period in seconds"),
        },
    ],
};

/// One of `workflows`.
pub static WORKFLOW: Object = Object {
    id: "workflow",
    what: "a workflow",
    doc: "A workflow of the platform. Its other keys are not read.",
    open: true,
    keys: &[
        Key {
            name: "data_intake",
            doc: "The name of the intake that brings the workflow its data.",
            takes: Takes::IntakeName,
            need: Need::Optional,
        },
        Key {
            name: "historical_data_intake",
            doc: "The name of the intake that brings the data from before the workflow was set up.",
            takes: Takes::IntakeName,
            need: Need::Optional,
        },
        Key {
            name: "setup",
            doc: "What the customer is asked for. The `id` of each of its `form_fields`, at any depth, is one of \
                  `custom_data`.",
            takes: Takes::Either(&[Takes::Object(&SETUP), Takes::Anything]),
            need: Need::Optional,
        },
    ],
};

/// `setup` of a workflow.
pub static SETUP: Object = Object {
    id: "setup",
    what: "`setup`",
    doc: "What the customer is asked for. Its other keys are not read.",
    open: true,
    keys: &[Key {
        name: "schedule",
        doc: "When the workflow's intake polls: present if `data_intake` names a polling intake, absent if it names a \
              webhook intake.",
        takes: Takes::Anything,
        need: Need::Optional,
    }],
};
