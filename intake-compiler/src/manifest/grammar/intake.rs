//! Intakes and their events.

use super::{Key, Need, Object, Tagged, Takes, Word, Words};
use crate::manifest::model::ImportOption;
use crate::template::Scope;

/// The two types of intake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntakeType {
    /// `webhook`
    Webhook,
    /// `polling`
    Polling,
}

impl IntakeType {
    /// The keys of such an intake.
    #[must_use]
    pub fn object(self) -> &'static Object {
        match self {
            Self::Webhook => &WEBHOOK,
            Self::Polling => &POLLING,
        }
    }
}

/// An intake of either type.
pub static INTAKE: Tagged = Tagged {
    id: "intake",
    what: "an intake",
    types: &INTAKE_TYPES,
    object: |word| INTAKE_TYPES.value(word).map(IntakeType::object),
};

/// `type` of an intake.
pub static INTAKE_TYPES: Words<IntakeType> = Words {
    what: "intake type",
    words: &[
        Word {
            word: "webhook",
            value: IntakeType::Webhook,
            doc: "The vendor calls: a hook is registered, and its payloads are the records.",
        },
        Word {
            word: "polling",
            value: IntakeType::Polling,
            doc: "The program asks when it is time to, page by page, and keeps its place in `polling_state`.",
        },
    ],
};

/// `scope` of a webhook intake and of `!save`.
pub static SCOPES: Words<Scope> = Words {
    what: "scope",
    words: &[
        Word {
            word: Scope::Workflow.as_str(),
            value: Scope::Workflow,
            doc: "Of one workflow: one customer's use of the app.",
        },
        Word {
            word: Scope::Connection.as_str(),
            value: Scope::Connection,
            doc: "Shared by all workflows of one connection: the customer's account at the vendor.",
        },
        Word {
            word: Scope::Application.as_str(),
            value: Scope::Application,
            doc: "Shared by all connections of the app.",
        },
    ],
};

/// `import_option`
pub static IMPORT_OPTIONS: Words<ImportOption> = Words {
    what: "import option",
    words: &[
        Word { word: "single", value: ImportOption::Single, doc: "There is one cycle." },
        Word { word: "recurring", value: ImportOption::Recurring, doc: "One cycle comes after the other." },
    ],
};

const NAME: Key = Key {
    name: "name",
    doc: "Any text, unique in the manifest. The Rust type and module of the intake are named after it.",
    takes: Takes::Literal,
    need: Need::Required("name it after the event or the resource, for example `contact.created`"),
};

const TYPE: Key = Key {
    name: super::TAG,
    doc: "Whether the vendor calls, or the program asks.",
    takes: Takes::Word(&INTAKE_TYPES),
    need: Need::Required("add `\"type\": \"webhook\"` or `\"type\": \"polling\"`"),
};

/// An event that need not be there.
const fn event(name: &'static str, doc: &'static str) -> Key {
    Key { name, doc, takes: Takes::Command, need: Need::Optional }
}

/// A webhook intake.
pub static WEBHOOK: Object = Object {
    id: "webhook",
    what: "a webhook intake",
    doc: "The vendor calls: a hook is registered, and its payloads are the records.",
    open: false,
    keys: &[
        NAME,
        TYPE,
        Key {
            name: "scope",
            doc: "Who shares a hook.",
            takes: Takes::Word(&SCOPES),
            need: Need::Required(
                "add `\"scope\"`: `workflow` for one hook per workflow, `connection` for one per account, \
                 `application` for one shared by all",
            ),
        },
        event(
            "resource_id",
            "Gets a payload; its output, compared as text, is the id of the resource that the workflow's customer \
             selected. Required for the scopes `connection` and `application`.",
        ),
        event(
            "account_id",
            "Gets a payload; its output, compared as text, is the connection's account. For the scope `application`.",
        ),
        Key {
            name: "create",
            doc: "Registers `${webhook.url}` with the vendor.",
            takes: Takes::Command,
            need: Need::Required(
                "add `\"create\": { … }`, the command that registers `${webhook.url}` with the vendor",
            ),
        },
        event("update", "Changes the registration, whenever a workflow of the hook is updated."),
        event("delete", "Removes the registration, with the last workflow of the hook."),
        event(
            "verification",
            "Answers the vendor's calls with `!respond`. Its input is `{query_params, headers, body, method}`.",
        ),
    ],
};

/// A polling intake.
pub static POLLING: Object = Object {
    id: "polling",
    what: "a polling intake",
    doc: "The program asks when it is time to, page by page, and keeps its place in `polling_state`.",
    open: false,
    keys: &[
        NAME,
        TYPE,
        event("initial_setup", "Runs once, when a workflow is set up or reset. May give `{polling_state}`."),
        event("pre_poll", "Runs at the start of each cycle. May give `{polling_state}`."),
        Key {
            name: "request",
            doc: "Gets records; repeated until there is a reason to stop. Gives `{results, iterate, polling_state}`.",
            takes: Takes::Command,
            need: Need::Required(
                "add `\"request\": { … }`, the command that gives `results`, `iterate` and `polling_state`",
            ),
        },
        event("post_poll", "Runs at the end of each cycle. May give `{polling_state}`."),
        Key {
            name: "frequency",
            doc: "The seconds from one cycle to the next.",
            takes: Takes::Integer { least: 60, most: u32::MAX, unit: Some("seconds") },
            need: Need::Optional,
        },
        Key {
            name: "import_option",
            doc: "Whether there is one cycle, or one after the other.",
            takes: Takes::Word(&IMPORT_OPTIONS),
            need: Need::Optional,
        },
    ],
};
