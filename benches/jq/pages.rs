//! Responses as vendors send them, the same in every run.

use std::fmt::Write;

/// Numbers that look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

const FIRST: [&str; 14] = [
    "Ana", "José", "Zoë", "李", "Müller", "Siobhán", "Олег", "Fatima", "John", "Mary", "Noah", "Emma", "Łukasz",
    "Renée",
];
const LAST: [&str; 12] = [
    "Smith",
    "García",
    "O'Brien",
    "Østergård",
    "王",
    "Иванов",
    "Johnson",
    "Lee",
    "Núñez",
    "Brown",
    "Kowalski",
    "Dubois",
];
const TAGS: [&str; 11] =
    ["vip", "beta", "eu", "us", "apac", "trial", "churn-risk", "early_adopter", "b2b", "ümlaut", "日本"];
const CITIES: [&str; 7] = ["Zürich", "São Paulo", "New York", "北京", "Kraków", "London", "Montréal"];
const NOTE: &str =
    r#"Customer called about invoice; \"urgent\" follow-up needed.\nSee ticket \\ #4711. Naïve café — prix 12€ 😀. "#;

fn list(length: usize, mut item: impl FnMut(&mut String, usize)) -> String {
    let mut text = String::new();
    for index in 0..length {
        if index > 0 {
            text.push(',');
        }
        item(&mut text, index);
    }
    text
}

/// A page of customers, of about 940 bytes each: ids, names of many scripts, nested objects, notes with escapes.
pub fn customers(length: usize) -> String {
    let mut dice = Dice(42);
    let data = list(length, |text, index| {
        let (first, last) = (dice.pick(&FIRST), dice.pick(&LAST));
        let history = list(3 + dice.below(6) as usize, |text, _| _ = write!(text, "{}", dice.below(100_000)));
        let tags = list(dice.below(5) as usize, |text, _| _ = write!(text, "\"{}\"", dice.pick(&TAGS)));
        let phone =
            if dice.below(10) < 3 { "null".to_owned() } else { format!("\"+41{:09}\"", dice.below(1_000_000_000)) };
        let note = NOTE.repeat(3);
        let least = 180 + dice.below(120) as usize;
        let ends = note.char_indices().map(|(at, _)| at).filter(|at| *at > least);
        let end = ends.clone().find(|at| !note[..*at].ends_with('\\')).unwrap_or(note.len());
        let carrier = ["\"DHL\"", "\"UPS\"", "null"][dice.below(3) as usize];
        _ = write!(
            text,
            r#"{{"id":"cus_{index:08x}{:08x}","object":"customer","email":"user{index}.{}@example.com","first":"{first}","last":"{last}","status":"{}","balance":{},"score":{}.{:04},"created":{},"verified":{},"phone":{phone},"address":{{"line1":"{} Main Street","line2":null,"city":"{}","postal_code":"{:05}","country":"{}","geo":{{"lat":{}.{:06},"lon":-{}.{:06}}}}},"shipping":{{"name":"{first} {last}","carrier":{carrier},"address":{{"line1":"{} Rue de la Paix","city":"{}","postal_code":"{:05}"}}}},"history":[{history}],"tags":[{tags}],"metadata":{{"source":"{}","plan":"{}","seats":"{}","ref":"{:012x}"}},"notes":"{}"}}"#,
            dice.below(1 << 32),
            dice.below(1_000_000),
            dice.pick(&["active", "active", "inactive", "pending", "suspended"]),
            dice.below(2_000_000) as i64 - 1_000_000,
            dice.below(100),
            dice.below(10_000),
            1_700_000_000 + index * 37,
            dice.below(2) == 0,
            1 + dice.below(998),
            dice.pick(&CITIES),
            dice.below(100_000),
            dice.pick(&["CH", "US", "BR", "CN", "PL"]),
            dice.below(90),
            dice.below(1_000_000),
            dice.below(180),
            dice.below(1_000_000),
            1 + dice.below(98),
            dice.pick(&CITIES),
            dice.below(100_000),
            dice.pick(&["web", "api", "import"]),
            dice.pick(&["free", "pro", "enterprise"]),
            dice.below(500),
            dice.below(1 << 48),
            &note[..end],
        );
    });
    format!(
        r#"{{"object":"list","data":[{data}],"has_more":true,"next_cursor":"cursor_5f2d9a7b1c","url":"/v1/customers"}}"#
    )
}

/// A page of issues as GitHub sends them.
pub fn issues(length: usize) -> String {
    let mut dice = Dice(7);
    let issues = list(length, |text, index| {
        let login = dice.pick(&["octocat", "hubot", "dependabot[bot]"]);
        let labels = list(dice.below(4) as usize, |text, _| {
            let name = dice.pick(&["bug", "help wanted", "good first issue", "naïve"]);
            _ = write!(
                text,
                r#"{{"id":{},"node_id":"MDU6TGFiZWw=","url":"https://api.github.com/repos/acme/tools/labels/{name}","name":"{name}","color":"f29513","default":true,"description":"Something is not working"}}"#,
                dice.below(1 << 32)
            );
        });
        let pull = if dice.below(3) == 0 {
            format!(
                r#""pull_request":{{"url":"https://api.github.com/repos/acme/tools/pulls/{index}","merged_at":null}},"#
            )
        } else {
            String::new()
        };
        _ = write!(
            text,
            r#"{{"url":"https://api.github.com/repos/acme/tools/issues/{index}","repository_url":"https://api.github.com/repos/acme/tools","html_url":"https://github.com/acme/tools/issues/{index}","id":{},"node_id":"I_kwDOABCD","number":{index},"title":"It \"fails\" on {}: case {index}","user":{{"login":"{login}","id":{},"avatar_url":"https://avatars.githubusercontent.com/u/{index}?v=4","url":"https://api.github.com/users/{login}","type":"User","site_admin":false}},"labels":[{labels}],"state":"open","locked":false,"assignee":null,"assignees":[],"milestone":null,"comments":{},"created_at":"2026-03-0{}T10:00:00Z","updated_at":"2026-04-0{}T11:30:00Z","closed_at":null,"author_association":"MEMBER",{pull}"body":"Steps:\r\n\r\n1. run it\r\n2. see {}\r\n\r\n```\r\nerror: \"no such file\"\r\n```\r\n{}","reactions":{{"url":"https://api.github.com/repos/acme/tools/issues/{index}/reactions","total_count":0,"+1":0,"-1":0,"laugh":0}},"timeline_url":"https://api.github.com/repos/acme/tools/issues/{index}/timeline","performed_via_github_app":null,"state_reason":null}}"#,
            dice.below(1 << 40),
            dice.pick(&CITIES),
            dice.below(1 << 32),
            dice.below(30),
            1 + dice.below(9),
            1 + dice.below(9),
            dice.pick(&CITIES),
            "It worked in the last release. ".repeat(1 + dice.below(12) as usize),
        );
    });
    format!("[{issues}]")
}

/// A page of events as Stripe sends them: with white space.
pub fn events(length: usize) -> String {
    let mut dice = Dice(99);
    let data = list(length, |text, index| {
        let amount = if dice.below(4) == 0 {
            String::new()
        } else {
            format!("\n        \"amount\": {},\n        \"currency\": \"eur\",", dice.below(100_000))
        };
        _ = write!(
            text,
            "\n    {{\n      \"id\": \"evt_{index:06}{:08x}\",\n      \"object\": \"event\",\n      \"api_version\": \"2026-01-28\",\n      \"created\": {},\n      \"data\": {{\n        \"object\": {{\n        \"id\": \"ch_{:012x}\",\n        \"object\": \"charge\",{amount}\n        \"description\": \"Order {index}\",\n        \"metadata\": {{}},\n        \"paid\": true,\n        \"billing_details\": {{\n          \"email\": null,\n          \"name\": \"{}\"\n        }}\n      }}\n      }},\n      \"livemode\": false,\n      \"pending_webhooks\": 0,\n      \"request\": {{\n        \"id\": null,\n        \"idempotency_key\": null\n      }},\n      \"type\": \"{}\"\n    }}",
            dice.below(1 << 32),
            1_770_000_000 - index * 61,
            dice.below(1 << 48),
            dice.pick(&LAST),
            dice.pick(&["charge.succeeded", "charge.failed", "charge.refunded"]),
        );
    });
    format!(
        "{{\n  \"object\": \"list\",\n  \"data\": [{data}\n  ],\n  \"has_more\": true,\n  \"url\": \"/v1/events\"\n}}"
    )
}

/// What a vendor answers when a webhook is made.
pub fn hook(id: &str) -> String {
    format!(
        r#"{{"type":"Repository","id":{id},"name":"web","active":true,"events":["push","pull_request"],"config":{{"content_type":"json","insecure_ssl":"0","url":"https://example.com/webhook"}},"updated_at":"2026-06-03T00:57:16Z","created_at":"2026-06-03T00:57:16Z","url":"https://api.github.com/repos/octocat/Hello-World/hooks/12345678","ping_url":"https://api.github.com/repos/octocat/Hello-World/hooks/12345678/pings","last_response":{{"code":null,"status":"unused","message":null}}}}"#
    )
}

/// A verification call.
pub fn verification() -> String {
    r#"{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}"#
        .to_owned()
}
