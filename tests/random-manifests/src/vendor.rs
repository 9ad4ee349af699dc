//! A vendor's things, and what a program may make of them: each in jq and in Rust.

use crate::random::Random;
use serde_json::{Map, Value, json};

const NAMES: [&str; 8] = ["Ada", "Grace", "Edsger", "Barbara", "Alan", "Radia", "Donald", "Zoë"];
const CITIES: [&str; 4] = ["Oslo", "Turin", "Kyōto", "San José"];
const TAGS: [&str; 5] = ["new", "vip", "eu", "trial", "a \"quoted\" one"];

/// A thing of the vendor's. Its `note` is missing at times, its `email` and `address` null.
pub fn thing(random: &mut Random, id: usize) -> Value {
    let name = *random.pick(&NAMES);
    let email = if random.one_in(4) { Value::Null } else { format!("{}.{id}@example.com", name.to_lowercase()).into() };
    let address = if random.one_in(5) {
        Value::Null
    } else {
        json!({"city": random.pick(&CITIES), "zip": format!("{:05}", random.below(99_999))})
    };
    let tags: Vec<&str> = (0..random.below(4)).map(|_| *random.pick(&TAGS)).collect();
    let mut thing = json!({
        "id": id, "name": name, "email": email, "active": !random.one_in(3), "score": random.below(100),
        "address": address, "tags": tags, "created": format!("2026-01-{:02}T00:00:00Z", 1 + id % 28),
        "owner": {"login": format!("user{}", id % 7), "id": id % 7},
    });
    if random.one_in(2) {
        thing["note"] = format!("note {id}").into();
    }
    thing
}

/// The thing with all that any of them has, for samples.
pub fn complete() -> [Value; 2] {
    let mut random = Random::new(0, 0);
    let full = json!({
        "id": 1, "name": "Ada", "email": "ada@example.com", "active": true, "score": 7,
        "address": {"city": "Oslo", "zip": "00150"}, "tags": ["new"], "created": "2026-01-01T00:00:00Z",
        "owner": {"login": "user1", "id": 1}, "note": "a note",
    });
    let mut empty = thing(&mut random, 2);
    for key in ["email", "address"] {
        empty[key] = Value::Null;
    }
    empty.as_object_mut().map(|thing| thing.remove("note"));
    [full, empty]
}

/// Something that a program makes of a thing.
#[derive(Clone, Copy)]
pub struct Expression {
    /// The key that it is given.
    pub key: &'static str,
    /// As a member of an object: `key: value`, or `key` alone.
    pub jq: &'static str,
    /// The same.
    pub make: fn(&Value) -> Value,
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn tags(thing: &Value) -> Vec<String> {
    thing["tags"].as_array().into_iter().flatten().map(text).collect()
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// All of them.
pub const EXPRESSIONS: &[Expression] = &[
    Expression { key: "name", jq: "name", make: |thing| thing["name"].clone() },
    Expression { key: "email", jq: "email", make: |thing| thing["email"].clone() },
    Expression { key: "mail", jq: "mail: .email", make: |thing| thing["email"].clone() },
    Expression { key: "has_mail", jq: "has_mail: (.email != null)", make: |thing| (!thing["email"].is_null()).into() },
    Expression { key: "city", jq: "city: .address.city", make: |thing| thing["address"]["city"].clone() },
    Expression {
        key: "zip",
        jq: "zip: (.address.zip // \\\"none\\\")",
        make: |thing| thing["address"]["zip"].as_str().unwrap_or("none").into(),
    },
    Expression { key: "where", jq: "where: .address", make: |thing| thing["address"].clone() },
    Expression {
        key: "full",
        jq: "full: \\\"\\\\(.name) <\\\\(.email)>\\\"",
        make: |thing| format!("{} <{}>", text(&thing["name"]), text(&thing["email"])).into(),
    },
    Expression { key: "double", jq: "double: (.score * 2)", make: |thing| (int(&thing["score"]) * 2).into() },
    Expression { key: "next", jq: "next: (.id + 1)", make: |thing| (int(&thing["id"]) + 1).into() },
    Expression { key: "good", jq: "good: (.score >= 50)", make: |thing| (int(&thing["score"]) >= 50).into() },
    Expression {
        key: "level",
        jq: "level: (if .score >= 80 then \\\"high\\\" elif .score >= 40 then \\\"mid\\\" else \\\"low\\\" end)",
        make: |thing| {
            match int(&thing["score"]) {
                80.. => "high",
                40.. => "mid",
                _ => "low",
            }
            .into()
        },
    },
    Expression { key: "joined", jq: "joined: (.tags | join(\\\",\\\"))", make: |thing| tags(thing).join(",").into() },
    Expression { key: "count", jq: "count: (.tags | length)", make: |thing| tags(thing).len().into() },
    Expression {
        key: "upper",
        jq: "upper: [.tags[] | ascii_upcase]",
        make: |thing| tags(thing).iter().map(|tag| tag.to_ascii_uppercase()).collect(),
    },
    Expression {
        key: "vip",
        jq: "vip: (.tags | any(. == \\\"vip\\\"))",
        make: |thing| tags(thing).iter().any(|tag| tag == "vip").into(),
    },
    Expression {
        key: "letters",
        jq: "letters: (reduce .tags[] as $tag (0; . + ($tag | length)))",
        make: |thing| tags(thing).iter().map(|tag| tag.chars().count()).sum::<usize>().into(),
    },
    Expression {
        key: "note",
        jq: "note: (.note // \\\"none\\\")",
        make: |thing| thing["note"].as_str().unwrap_or("none").into(),
    },
    Expression { key: "maybe", jq: "maybe: .note", make: |thing| thing["note"].clone() },
    Expression {
        key: "kind",
        jq: "kind: (.email | type)",
        make: |thing| if thing["email"].is_null() { "null" } else { "string" }.into(),
    },
    Expression { key: "number", jq: "number: (.name | tonumber? // 0)", make: |_| 0.into() },
    Expression {
        key: "who",
        jq: "who: (.owner as {login: $login, id: $id} | {$login, id: $id})",
        make: |thing| json!({"login": thing["owner"]["login"], "id": thing["owner"]["id"]}),
    },
    Expression {
        key: "keys",
        jq: "keys: (.address // {} | to_entries | map(.key))",
        make: |thing| if thing["address"].is_null() { json!([]) } else { json!(["city", "zip"]) },
    },
    Expression {
        key: "day",
        jq: "day: (.created | split(\\\"T\\\")[0])",
        make: |thing| text(&thing["created"]).split('T').next().unwrap_or_default().into(),
    },
    Expression {
        key: "safe",
        jq: "safe: (try (.address.city | length) catch 0)",
        make: |thing| thing["address"]["city"].as_str().map_or(0, |city| city.chars().count()).into(),
    },
    Expression {
        key: "start",
        jq: "start: (.name[0:2] | ascii_downcase)",
        make: |thing| text(&thing["name"]).chars().take(2).collect::<String>().to_ascii_lowercase().into(),
    },
    Expression {
        key: "code",
        jq: "code: \\\"c-\\\\(.id + 0)\\\"",
        make: |thing| format!("c-{}", int(&thing["id"])).into(),
    },
];

/// A condition on a thing.
#[derive(Clone, Copy)]
pub struct Condition {
    /// For `select(…)`.
    pub jq: &'static str,
    /// The same.
    pub holds: fn(&Value) -> bool,
}

/// All of them; most things meet each.
pub const CONDITIONS: &[Condition] = &[
    Condition { jq: ".active", holds: |thing| thing["active"] == true },
    Condition { jq: ".email != null", holds: |thing| !thing["email"].is_null() },
    Condition { jq: ".score > 10", holds: |thing| int(&thing["score"]) > 10 },
    Condition { jq: ".address.city != \\\"Oslo\\\"", holds: |thing| thing["address"]["city"] != "Oslo" },
    Condition { jq: ".active or .score > 50", holds: |thing| thing["active"] == true || int(&thing["score"]) > 50 },
    Condition { jq: ".tags | length < 3", holds: |thing| tags(thing).len() < 3 },
    Condition { jq: "(.note // \\\"\\\") | startswith(\\\"note\\\") | not", holds: |thing| thing["note"].is_null() },
    Condition { jq: ".owner.id != 3", holds: |thing| thing["owner"]["id"] != 3 },
    Condition {
        jq: ".name | test(\\\"^[A-Z]\\\")",
        holds: |thing| text(&thing["name"]).starts_with(|c: char| c.is_ascii_uppercase()),
    },
];

/// What of a thing a request keeps.
#[derive(Clone)]
pub struct Mapping {
    /// Those that are kept.
    pub condition: Option<Condition>,
    /// What is made of each; the thing itself, if there are none.
    pub expressions: Vec<Expression>,
}

impl Mapping {
    /// One at random. Each record holds the thing's id, so that no two pages are alike.
    pub fn random(random: &mut Random) -> Self {
        let condition = random.one_in(2).then(|| *random.pick(CONDITIONS));
        let mut expressions: Vec<Expression> = Vec::new();
        if !random.one_in(8) {
            expressions.push(Expression { key: "id", jq: "id", make: |thing| thing["id"].clone() });
            for _ in 0..1 + random.below(5) {
                let expression = *random.pick(EXPRESSIONS);
                if expressions.iter().all(|other| other.key != expression.key) {
                    expressions.push(expression);
                }
            }
        }
        Self { condition, expressions }
    }

    /// From `input`, which gives the things: `.data[]`.
    pub fn jq(&self, input: &str, random: &mut Random) -> String {
        let condition = self.condition.map(|condition| format!("select({})", condition.jq));
        let members: Vec<_> = self.expressions.iter().map(|expression| expression.jq).collect();
        let object = (!members.is_empty()).then(|| format!("{{{}}}", members.join(", ")));
        let list = input.strip_suffix("[]").filter(|_| random.one_in(3));
        let steps: Vec<_> = match list {
            Some(list) if condition.is_some() || object.is_some() => {
                let map = |step: Option<String>| step.map(|step| format!("map({step})"));
                return [Some(list.to_owned()), map(condition), map(object)]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" | ");
            }
            _ => [Some(input.to_owned()), condition, object].into_iter().flatten().collect(),
        };
        format!("[{}]", steps.join(" | "))
    }

    /// The same in Rust.
    pub fn apply(&self, things: &[Value]) -> Vec<Value> {
        let kept = things.iter().filter(|thing| self.condition.is_none_or(|condition| (condition.holds)(thing)));
        kept.map(|thing| {
            if self.expressions.is_empty() {
                return thing.clone();
            }
            let member = |expression: &Expression| (expression.key.to_owned(), (expression.make)(thing));
            Value::Object(self.expressions.iter().map(member).collect::<Map<_, _>>())
        })
        .collect()
    }
}
