//! Reading JSON nodes as what is expected of them: every mistake is reported where it is, and decoding goes on.

use super::value::{text, url};
use crate::diagnostic::{Code, Diagnostic, Edit, Sink, suggest};
use crate::json::{Kind, Member, Node, Str};
use crate::manifest::grammar::{self, COMMENT, Key, Need, OLD_COMMENT, Takes, Words};
use crate::source::{Span, Spanned};
use crate::template::Template;
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
    /// What is known of its keys, once it is known what the object is.
    keys: &'static [Key],
}

impl<'a> Object<'a> {
    /// Reads `node` as an object of the language: anything but an object is reported, and so are keys that it does not
    /// know, and those that are missing (at `key` if there is one, else at the opening brace).
    pub(super) fn read(
        node: &'a Node,
        of: &'static grammar::Object,
        key: Option<Span>,
        sink: &mut Sink,
    ) -> Option<Self> {
        let mut object = Self::of(node, of.what, key, sink)?;
        object.follow(of, sink);
        Some(object)
    }

    /// Reads `node` as an object of which is not known yet what keys it has.
    pub(super) fn of(node: &'a Node, what: &'static str, key: Option<Span>, sink: &mut Sink) -> Option<Self> {
        let Kind::Object(all) = &node.kind else {
            wrong_type(node, "an object", what, sink);
            return None;
        };
        let at = key.unwrap_or_else(|| node.opening());
        let mut seen = HashSet::with_capacity(all.len());
        let is_new = |member: &&'a Member| seen.insert(member.key.value.as_str()) && !is_comment(member, sink);
        let members = all.iter().filter(is_new).collect();
        Some(Self { what, at, members, all, keys: &[] })
    }

    /// Says what the object is: keys that this does not know are reported, and those that are missing.
    pub(super) fn follow(&mut self, of: &'static grammar::Object, sink: &mut Sink) {
        self.identify(of, sink);
        self.require(of.keys, sink);
    }

    /// Says what the object is, where what is missing is reported otherwise.
    pub(super) fn identify(&mut self, of: &'static grammar::Object, sink: &mut Sink) {
        (self.what, self.keys) = (of.what, of.keys);
        for member in self.members.iter().filter(|member| !of.open && of.key(&member.key.value).is_none()) {
            sink.push(self.unknown(member));
        }
    }

    /// Reports those of `keys` that must be there and are not.
    pub(super) fn require(&self, keys: &[Key], sink: &mut Sink) {
        for key in keys {
            if let Some(found) = self.missing(key) {
                sink.push(found);
            }
        }
    }

    /// The report of a key that must be there and is not.
    pub(super) fn missing(&self, key: &Key) -> Option<Diagnostic> {
        let (Need::Required(help), None) = (key.need, self.member(key.name)) else { return None };
        let message = format!("`{}` is missing in {}", key.name, self.what);
        let label = format!("needs the key `{}`", key.name);
        Some(Diagnostic::new(Code::MissingKey, self.at, message).label(label).help(help))
    }

    /// The member called `key`.
    pub(super) fn member(&self, key: &str) -> Option<&'a Member> {
        self.members.iter().copied().find(|member| member.key.value == key)
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.member(key).map(|member| &member.value)
    }

    /// All members, comments included.
    pub(super) fn all(&self) -> &'a [Member] {
        self.all
    }

    /// The same object with some of its members only.
    pub(super) fn part(&self, members: Vec<&'a Member>) -> Self {
        Self { what: self.what, at: self.at, members, all: self.all, keys: self.keys }
    }

    /// What the language says of `key`, which is read as `matches`.
    fn key(&self, key: &str, matches: impl Fn(&Takes) -> bool) -> Option<&'static Key> {
        let found = self.keys.iter().find(|known| known.name == key);
        debug_assert!(found.is_some_and(|found| matches(&found.takes)), "`{key}` is read as what it is not");
        found
    }

    /// The string with variables, or the URL, at `key`.
    pub(super) fn template(&self, key: &str, sink: &mut Sink) -> Option<Template> {
        let known = self.key(key, |takes| matches!(takes, Takes::Text | Takes::Url))?;
        let node = self.get(key)?;
        match known.takes {
            Takes::Url => url(node, &described(key), sink),
            _ => text(node, &described(key), sink),
        }
    }

    /// The string without variables at `key`.
    pub(super) fn literal(&self, key: &str, sink: &mut Sink) -> Option<Spanned<String>> {
        self.key(key, |takes| matches!(takes, Takes::Literal | Takes::IntakeName))?;
        literal(self.get(key)?, &described(key), sink)
    }

    /// The boolean at `key`, or its default.
    pub(super) fn boolean(&self, key: &str, sink: &mut Sink) -> bool {
        let default = self.key(key, |takes| matches!(takes, Takes::Boolean)).and_then(default);
        let given = self.get(key).and_then(|node| boolean(node, &described(key), sink));
        given.unwrap_or(default == Some("true"))
    }

    /// The number at `key`, or its default.
    pub(super) fn integer(&self, key: &str, sink: &mut Sink) -> Option<Spanned<u32>> {
        let known = self.key(key, |takes| matches!(takes, Takes::Integer { .. }))?;
        let Takes::Integer { least, most, unit } = known.takes else { return None };
        match self.get(key).and_then(|node| integer(node, &described(key), (least, most), unit, sink)) {
            None => default(known)?.parse().ok().map(|number| Spanned::new(number, self.at)),
            given => given,
        }
    }

    /// Which of `words` stands at `key`.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &Words<T>, sink: &mut Sink) -> Option<Spanned<T>> {
        self.key(key, |takes| matches!(takes, Takes::Word(list) if list.what() == words.what))?;
        word(self.get(key)?, words, sink)
    }

    /// Which of `words` stands at `key`, or is its default.
    pub(super) fn word_or_default<T: Copy + Default>(&self, key: &str, words: &Words<T>, sink: &mut Sink) -> T {
        let given = self.word(key, words, sink).map(|found| found.value);
        let default = || self.key(key, |_| true).and_then(default).and_then(|word| words.value(word));
        given.or_else(default).unwrap_or_default()
    }

    /// The elements of the array at `key`.
    pub(super) fn list(&self, key: &str, sink: &mut Sink) -> Option<&'a [Node]> {
        let known = self.key(key, |takes| matches!(takes, Takes::List { .. }))?;
        array(self.get(key)?, &known.takes.expected(), &described(key), sink)
    }

    fn unknown(&self, member: &Member) -> Diagnostic {
        let known: Vec<&str> = self.keys.iter().map(|key| key.name).collect();
        let key = member.key.value.as_str();
        let message = format!("unknown key `{}` in {}", printable(key), self.what);
        let found = Diagnostic::new(Code::UnknownKey, member.key.span, message).label("means nothing here");
        if let Some(place) = home_of(key) {
            let edits = vec![Edit { span: self.with_comma(member), replacement: String::new() }];
            return found.note(format!("`{key}` belongs {place}")).suggest_all(format!("remove `{key}`"), edits);
        }
        match suggest::meant(key, known.iter().copied()) {
            // The key that was meant is there already: this one is something else, or too much.
            Some(meant) if self.member(meant.word).is_some() => {
                found.suggest(format!("did you mean `{}`?", meant.word), member.key.span, quoted(meant.word))
            }
            Some(meant) => found.did_you_mean(meant, member.key.span, quoted(meant.word)),
            None => found.help(format!("the keys known here are {}", listed(&known))),
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
        COMMENT => {}
        OLD_COMMENT => sink.push(
            Diagnostic::new(Code::OldComment, member.key.span, "`!_comment` is an older spelling of `_comment`")
                .note("a key that starts with `!` is a command everywhere else")
                .fix("write `_comment`", member.key.span, quoted(COMMENT)),
        ),
        _ => return false,
    }
    report_placeholder(&member.value, sink);
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

/// Reports a comment that says that something is still to be filled in: those of `intake check --fix`, and others' too.
fn report_placeholder(comment: &Node, sink: &mut Sink) {
    let Kind::String(text) = &comment.kind else { return };
    if let Some(what) = text.value.strip_prefix("placeholder:") {
        let message = format!("a placeholder: {}", printable(what.trim()));
        sink.push(
            Diagnostic::new(Code::Placeholder, text.span, message)
                .label("is still to be filled in")
                .help("write what belongs beside this comment, and remove the comment"),
        );
    }
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
fn boolean(node: &Node, what: &str, sink: &mut Sink) -> Option<bool> {
    match &node.kind {
        Kind::Bool(value) => return Some(*value),
        Kind::String(text) if matches!(text.value.as_str(), "true" | "false") => sink.push(
            Diagnostic::new(Code::WrongType, node.span, "expected a boolean, found a string")
                .label(format!("{what} is a boolean"))
                .fix("remove the quotes", node.span, text.value.clone()),
        ),
        _ => wrong_type(node, "a boolean", what, sink),
    }
    None
}

/// The integer from `least` to `most` that `node` is.
fn integer(
    node: &Node,
    what: &str,
    (least, most): (u32, u32),
    unit: Option<&str>,
    sink: &mut Sink,
) -> Option<Spanned<u32>> {
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
            let unit = unit.map(|unit| format!(" of {unit}")).unwrap_or_default();
            let message = format!("{what} must be a whole number{unit}, {range}");
            sink.push(Diagnostic::new(Code::OutOfRange, node.span, message).label("is outside"));
        }
        Kind::String(text) if in_range(&text.value).is_some() => sink.push(
            Diagnostic::new(Code::WrongType, node.span, "expected a number, found a string")
                .label(format!("{what} is a number"))
                .fix("remove the quotes", node.span, text.value.clone()),
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

/// Which of some words the string `node` is.
pub(super) fn word<T: Copy>(node: &Node, words: &Words<T>, sink: &mut Sink) -> Option<Spanned<T>> {
    let what = words.what;
    let text = literal(node, what, sink)?;
    if let Some(value) = words.value(&text.value) {
        return Some(Spanned::new(value, text.span));
    }
    if text.value.contains("${") {
        return None;
    }
    let words: Vec<&str> = words.words.iter().map(|word| word.word).collect();
    let message = format!("unknown {what} `{}`", printable(&text.value));
    let found = Diagnostic::new(Code::UnknownValue, text.span, message);
    sink.push(match suggest::meant(text.value.trim(), words.iter().copied()) {
        Some(meant) => found.did_you_mean(meant, text.span, quoted(meant.word)),
        None => found.help(format!("the {what} is one of {}", listed(&words))),
    });
    None
}

/// What a key stands for where it is absent.
fn default(key: &Key) -> Option<&'static str> {
    match key.need {
        Need::Default(value) => Some(value),
        Need::Required(_) | Need::Optional => None,
    }
}

/// The value of a key, as messages name it.
pub(super) fn described(key: &str) -> String {
    if key.starts_with('!') { format!("the argument of `{key}`") } else { format!("`{key}`") }
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
