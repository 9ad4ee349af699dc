//! Reading JSON nodes as what is expected of them: every mistake is reported where it is, and decoding goes on.

use crate::diagnostic::{Code, Diagnostic, Edit, Sink, suggest};
use crate::json::{Kind, Member, Node, Str};
use crate::source::{Span, Spanned};
use std::collections::HashSet;

/// An object's members, read by key. Comments are checked and left out; of a repeated key the first is taken (the
/// parser reported it).
pub(super) struct Object<'a> {
    /// What the object is, as messages name it: `a webhook intake`.
    pub(super) what: &'static str,
    /// Where a missing key is reported.
    pub(super) at: Span,
    /// The members that mean something, in source order.
    pub(super) members: Vec<&'a Member>,
    /// All of them.
    all: &'a [Member],
}

impl<'a> Object<'a> {
    /// Reads `node`; anything but an object is reported. A missing key is reported at `key` if there is one, else at
    /// the opening brace.
    pub(super) fn of(node: &'a Node, what: &'static str, key: Option<Span>, sink: &mut Sink) -> Option<Self> {
        let Kind::Object(all) = &node.kind else {
            wrong_type(node, "an object", what, sink);
            return None;
        };
        let at = key.unwrap_or_else(|| node.opening());
        let mut seen = HashSet::with_capacity(all.len());
        let is_new = |member: &&'a Member| seen.insert(member.key.value.as_str()) && !is_comment(member, sink);
        let members = all.iter().filter(is_new).collect();
        Some(Self { what, at, members, all })
    }

    /// The member called `key`.
    pub(super) fn member(&self, key: &str) -> Option<&'a Member> {
        self.members.iter().copied().find(|member| member.key.value == key)
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.member(key).map(|member| &member.value)
    }

    /// The member called `key`; its absence is reported, with `help` on what to add.
    pub(super) fn require(&self, key: &str, help: &str, sink: &mut Sink) -> Option<&'a Member> {
        let found = self.member(key);
        if found.is_none() {
            let message = format!("`{key}` is missing in {}", self.what);
            let label = format!("needs the key `{key}`");
            sink.push(Diagnostic::new(Code::MissingKey, self.at, message).label(label).help(help));
        }
        found
    }

    /// Reports every key that is not among `known`.
    pub(super) fn refuse_unknown(&self, known: &[&str], sink: &mut Sink) {
        for member in &self.members {
            if !known.contains(&member.key.value.as_str()) {
                sink.push(self.unknown(member, known));
            }
        }
    }

    fn unknown(&self, member: &Member, known: &[&str]) -> Diagnostic {
        let key = member.key.value.as_str();
        let message = format!("unknown key `{}` in {}", printable(key), self.what);
        let found = Diagnostic::new(Code::UnknownKey, member.key.span, message).label("means nothing here");
        if let Some(place) = home_of(key) {
            let edits = vec![Edit { span: self.with_comma(member), replacement: String::new() }];
            return found.note(format!("`{key}` belongs {place}")).suggest_all(format!("remove `{key}`"), edits);
        }
        match suggest::closest(key, known.iter().copied()) {
            Some(meant) => found.suggest(format!("did you mean `{meant}`?"), member.key.span, quoted(meant)),
            None => found.help(format!("the keys known here are {}", listed(known))),
        }
    }

    /// A member with the comma that goes when it goes.
    fn with_comma(&self, member: &Member) -> Span {
        let whole = member.key.span.to(member.value.span);
        let index = self.all.partition_point(|other| other.key.span < member.key.span);
        match (self.all[..index].last(), self.all.get(index + 1)) {
            (Some(before), _) => Span { start: before.value.span.end, end: whole.end },
            (None, Some(next)) => Span { start: whole.start, end: next.key.span.start },
            (None, None) => whole,
        }
    }
}

/// Whether a member is a comment; reports one of the wrong type or of the older spelling.
fn is_comment(member: &Member, sink: &mut Sink) -> bool {
    match member.key.value.as_str() {
        "_comment" => {}
        "!_comment" => sink.push(
            Diagnostic::new(Code::OldComment, member.key.span, "`!_comment` is an older spelling of `_comment`")
                .note("a key that starts with `!` is a command everywhere else")
                .suggest("write `_comment`", member.key.span, quoted("_comment")),
        ),
        _ => return false,
    }
    let is_text = |node: &Node| matches!(node.kind, Kind::String(_) | Kind::Error);
    let valid = match &member.value.kind {
        Kind::Array(lines) => lines.iter().all(is_text),
        _ => is_text(&member.value),
    };
    if !valid {
        wrong_type(&member.value, "a string or an array of strings", "a comment", sink);
    }
    true
}

/// Where a key belongs that is often put elsewhere.
fn home_of(key: &str) -> Option<&'static str> {
    Some(match key {
        "scope" | "resource_id" | "account_id" | "create" | "update" | "delete" | "verification" => {
            "to a webhook intake"
        }
        "initial_setup" | "pre_poll" | "request" | "post_poll" | "frequency" | "import_option" => "to a polling intake",
        "url" | "path" | "method" | "params" | "headers" | "body" | "target" => "inside `!http`",
        "results" | "iterate" | "polling_state" => "to the output of the event, which its last command makes",
        "schedule" => "in a workflow's `setup`",
        _ => return None,
    })
}

/// Reports that `node` is not `expected`; silent where the parser has spoken already.
pub(super) fn wrong_type(node: &Node, expected: &str, what: &str, sink: &mut Sink) {
    if matches!(node.kind, Kind::Error) {
        return;
    }
    let message = format!("expected {expected}, found {}", type_of(node));
    sink.push(Diagnostic::new(Code::WrongType, node.span, message).label(format!("{what} is {expected}")));
}

/// The JSON type of a node, with its article.
pub(super) fn type_of(node: &Node) -> &'static str {
    match node.kind {
        Kind::Null => "null",
        Kind::Bool(_) => "a boolean",
        Kind::Number(_) => "a number",
        Kind::String(_) => "a string",
        Kind::Array(_) => "an array",
        Kind::Object(_) => "an object",
        Kind::Error => "no value",
    }
}

/// The string that `node` is.
pub(super) fn string<'a>(node: &'a Node, what: &str, sink: &mut Sink) -> Option<&'a Str> {
    if let Kind::String(text) = &node.kind {
        return Some(text);
    }
    wrong_type(node, "a string", what, sink);
    None
}

/// The string that `node` is, in a place that takes no variables.
pub(super) fn literal(node: &Node, what: &str, sink: &mut Sink) -> Option<Spanned<String>> {
    string(node, what, sink).map(|text| without_variables(text, what, sink))
}

/// The text of a string in a place that takes no variables.
pub(super) fn without_variables(text: &Str, what: &str, sink: &mut Sink) -> Spanned<String> {
    if let Some(start) = text.value.find("${") {
        let end = text.value[start..].find('}').map_or(text.value.len(), |length| start + length + 1);
        let message = format!("a variable in {what}, which takes none");
        sink.push(
            Diagnostic::new(Code::NoVariableHere, text.source_span(start..end), message)
                .label("is not replaced here")
                .help("write the text itself"),
        );
    }
    Spanned::new(text.value.clone(), text.span)
}

/// The boolean that `node` is.
pub(super) fn boolean(node: &Node, what: &str, sink: &mut Sink) -> Option<bool> {
    match &node.kind {
        Kind::Bool(value) => return Some(*value),
        Kind::String(text) if matches!(text.value.as_str(), "true" | "false") => sink.push(
            Diagnostic::new(Code::WrongType, node.span, "expected a boolean, found a string")
                .label(format!("{what} is a boolean"))
                .suggest("remove the quotes", node.span, text.value.clone()),
        ),
        _ => wrong_type(node, "a boolean", what, sink),
    }
    None
}

/// The integer from `least` to `most` that `node` is.
pub(super) fn integer(node: &Node, what: &str, least: u32, most: u32, sink: &mut Sink) -> Option<Spanned<u32>> {
    let in_range = |text: &str| text.parse().ok().filter(|number| (least..=most).contains(number));
    match &node.kind {
        Kind::Number(text) => {
            if let Some(number) = in_range(text) {
                return Some(Spanned::new(number, node.span));
            }
            let range = match most {
                u32::MAX => format!("{least} or more"),
                _ => format!("from {least} to {most}"),
            };
            let message = format!("{what} must be a whole number, {range}");
            sink.push(Diagnostic::new(Code::OutOfRange, node.span, message).label("is outside"));
        }
        Kind::String(text) if in_range(&text.value).is_some() => sink.push(
            Diagnostic::new(Code::WrongType, node.span, "expected a number, found a string")
                .label(format!("{what} is a number"))
                .suggest("remove the quotes", node.span, text.value.clone()),
        ),
        _ => wrong_type(node, "a number", what, sink),
    }
    None
}

/// The elements of the array that `node` is.
pub(super) fn array<'a>(node: &'a Node, expected: &str, what: &str, sink: &mut Sink) -> Option<&'a [Node]> {
    if let Kind::Array(elements) = &node.kind {
        return Some(elements);
    }
    wrong_type(node, expected, what, sink);
    None
}

/// Which of the words of `table` the string `node` is.
pub(super) fn word<T: Copy>(
    node: &Node,
    what: &str,
    table: &[(&'static str, T)],
    sink: &mut Sink,
) -> Option<Spanned<T>> {
    let text = literal(node, what, sink)?;
    if let Some((_, value)) = table.iter().find(|(word, _)| *word == text.value) {
        return Some(Spanned::new(*value, text.span));
    }
    if text.value.contains("${") {
        return None;
    }
    let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
    let message = format!("unknown {what} `{}`", printable(&text.value));
    let found = Diagnostic::new(Code::UnknownValue, text.span, message);
    sink.push(match suggest::closest(text.value.trim(), words.iter().copied()) {
        Some(meant) => found.suggest(format!("did you mean `{meant}`?"), text.span, quoted(meant)),
        None => found.help(format!("the {what} is one of {}", listed(&words))),
    });
    None
}

/// A known word as a JSON string.
pub(super) fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// `` `a`, `b` and `c` ``
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "none".to_owned(),
    }
}

/// Text from the manifest for a message: on one line and not too long.
pub(super) fn printable(text: &str) -> String {
    let mut shown: String = text.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if shown.len() < text.len() && text.chars().count() > 60 {
        shown.push('…');
    }
    shown
}
