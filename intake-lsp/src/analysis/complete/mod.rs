//! What can be written at a place.

mod program;
mod variable;

use super::File;
use super::cursor::{At, Cursor};
use intake_compiler::diagnostic::Edit;
use intake_compiler::json::{Kind, Member, Node};
use intake_compiler::manifest::grammar::{COMMAND, COMMENT, Key, Need, Object, Tagged, Takes};
use intake_compiler::source::Span;

/// Something that can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What the editor shows and compares with what was typed.
    pub label: String,
    /// What it is.
    pub kind: ItemKind,
    /// A few words on it.
    pub detail: Option<String>,
    /// What it means: Markdown.
    pub doc: Option<String>,
    /// What is replaced.
    pub span: Span,
    /// The new text up to the cursor.
    pub before: String,
    /// The new text behind the cursor.
    pub after: String,
    /// What changes elsewhere.
    pub also: Option<Edit>,
}

/// What an [`Item`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum ItemKind {
    Key,
    Command,
    Word,
    Value,
    Variable,
    Field,
    Function,
    Keyword,
}

impl Item {
    fn new(label: impl Into<String>, kind: ItemKind, span: Span) -> Self {
        let label = label.into();
        let (before, after) = (label.clone(), String::new());
        Self { label, kind, detail: None, doc: None, span, before, after, also: None }
    }

    fn doc(mut self, doc: impl Into<String>) -> Self {
        self.doc = Some(doc.into());
        self
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    fn text(mut self, before: impl Into<String>, after: impl Into<String>) -> Self {
        (self.before, self.after) = (before.into(), after.into());
        self
    }
}

/// Everything that can be written at an offset.
#[must_use]
pub fn complete(file: &File, offset: usize) -> Vec<Item> {
    let cursor = Cursor::new(file, offset);
    if let Some((takes, text)) = cursor.string() {
        let at = text.decoded_offset(offset);
        if let Some(items) = variable::complete(file, &cursor, takes, text, at) {
            return items;
        }
        if matches!(takes, Takes::Program) {
            return program::complete(file, text, at);
        }
    }
    match &cursor.at {
        At::Key { objects, members, member } => keys(file, offset, objects, members, *member),
        At::Value { takes, node } => values(file, offset, takes, *node),
        At::Outside => Vec::new(),
    }
}

/// The keys that are not there yet.
fn keys(file: &File, offset: usize, objects: &[&'static Object], members: &[Member], at: Option<&Member>) -> Vec<Item> {
    let others = || members.iter().filter(|member| at.is_none_or(|at| at.key.span != member.key.span));
    let has_command = others().any(|member| COMMAND.key(&member.key.value).is_some());
    let span = at.map_or_else(|| typed(file.text(), offset), |member| member.key.span);
    let rest = &file.text()[span.end as usize..];
    let has_value = at.is_some() && rest.trim_start().starts_with(':');
    let also = at.is_none().then(|| missing_comma(file.text(), span, members)).flatten();
    let follows = !has_value && rest.trim_start().starts_with(['"', '{', '[']);
    let item = |key: &'static Key| {
        let is_command = key.name.starts_with('!');
        let kind = if is_command { ItemKind::Command } else { ItemKind::Key };
        let mut item = Item::new(key.name, kind, span).doc(document(key)).detail(described(&key.takes));
        item.also.clone_from(&also);
        if has_value {
            return item.text(quoted(key.name), "");
        }
        let (open, close) = skeleton(&key.takes);
        item.text(format!("{}: {open}", quoted(key.name)), format!("{close}{}", if follows { "," } else { "" }))
    };
    let mut found: Vec<Item> = Vec::new();
    for object in objects {
        if std::ptr::eq(*object, &COMMAND) && has_command {
            continue;
        }
        for key in object.keys {
            let is_new = others().all(|member| member.key.value != key.name);
            if is_new && found.iter().all(|item| item.label != key.name) {
                found.push(item(key));
            }
        }
    }
    if !objects.is_empty() && others().all(|member| member.key.value != COMMENT) {
        let text = if has_value { (quoted(COMMENT), "") } else { (format!("{}: \"", quoted(COMMENT)), "\"") };
        let comment = Item::new(COMMENT, ItemKind::Key, span).doc("Has no meaning: for those who read the manifest.");
        found.push(Item { also, ..comment.text(text.0, text.1) });
    }
    found
}

/// The comma that is missing before a new member.
fn missing_comma(text: &str, span: Span, members: &[Member]) -> Option<Edit> {
    let end = members.iter().map(|member| member.value.span.end).filter(|end| *end <= span.start).max()?;
    let between = text.get(end as usize..span.start as usize)?;
    between.trim().is_empty().then(|| Edit { span: Span::at(end as usize), replacement: ",".to_owned() })
}

/// What can be a value.
fn values(file: &File, offset: usize, takes: &Takes, node: Option<&Node>) -> Vec<Item> {
    let span = match node {
        Some(node) if matches!(node.kind, Kind::String(_) | Kind::Bool(_) | Kind::Null | Kind::Number(_)) => node.span,
        _ => typed(file.text(), offset),
    };
    let value = |(open, close): (&str, &str)| {
        Item::new(format!("{open}{close}"), ItemKind::Value, span).detail(described(takes)).text(open, close)
    };
    match takes {
        Takes::Word(words) => {
            let word =
                |(word, doc): (&str, &str)| Item::new(word, ItemKind::Word, span).doc(doc).text(quoted(word), "");
            words.all().into_iter().map(word).collect()
        }
        Takes::IntakeName => {
            names(file).map(|name| Item::new(name, ItemKind::Word, span).text(json(name), "")).collect()
        }
        Takes::Boolean => ["true", "false"].map(|word| Item::new(word, ItemKind::Word, span)).into(),
        _ if node.is_some_and(|node| !matches!(node.kind, Kind::Error)) => Vec::new(),
        Takes::Command => commands(span),
        Takes::Tagged(tagged) => objects(tagged, span),
        Takes::Either(several) => several.iter().flat_map(|takes| values(file, offset, takes, node)).collect(),
        Takes::List { .. } | Takes::Object(_) | Takes::Map { .. } => vec![value(skeleton(takes))],
        Takes::Text | Takes::Url | Takes::Literal | Takes::Program => vec![value(skeleton(takes))],
        Takes::Anything | Takes::Value | Takes::Scalar | Takes::Integer { .. } => Vec::new(),
    }
}

fn names(file: &File) -> impl Iterator<Item = &str> {
    file.analysis.manifest.intakes.iter().filter_map(|intake| intake.name.as_ref()).map(|name| name.value.as_str())
}

/// Whole commands, where one can stand.
fn commands(span: Span) -> Vec<Item> {
    let command = |key: &'static Key| {
        let (open, close) = skeleton(&key.takes);
        let item = Item::new(key.name, ItemKind::Command, span).doc(document(key)).detail(described(&key.takes));
        item.text(format!("{{ {}: {open}", quoted(key.name)), format!("{close} }}"))
    };
    COMMAND.keys.iter().map(command).collect()
}

/// Objects that are told apart by their type, with the keys that they must have.
fn objects(tagged: &Tagged, span: Span) -> Vec<Item> {
    let object = |(word, doc): (&'static str, &'static str)| {
        let mut members = String::new();
        let mut cursor = None;
        for key in (tagged.object)(word)?.keys.iter().filter(|key| matches!(key.need, Need::Required(_))) {
            members.push_str(if members.is_empty() { " " } else { ", " });
            if key.name == intake_compiler::manifest::grammar::TAG {
                members.push_str(&format!("\"{}\": \"{word}\"", key.name));
                continue;
            }
            let (open, close) = skeleton(&key.takes);
            members.push_str(&format!("\"{}\": {open}", key.name));
            cursor.get_or_insert(members.len());
            members.push_str(close);
        }
        let (before, after) = members.split_at(cursor.unwrap_or(members.len()));
        Some(Item::new(word, ItemKind::Value, span).doc(doc).text(format!("{{{before}"), format!("{after} }}")))
    };
    tagged.types.all().into_iter().filter_map(object).collect()
}

/// What a value of a kind starts and ends with.
fn skeleton(takes: &Takes) -> (&'static str, &'static str) {
    match takes {
        Takes::Command | Takes::Object(_) | Takes::Map { .. } | Takes::Tagged(_) => ("{ ", " }"),
        Takes::List { .. } => ("[", "]"),
        Takes::Text | Takes::Url | Takes::Literal | Takes::Program | Takes::Word(_) | Takes::IntakeName => ("\"", "\""),
        Takes::Anything | Takes::Value | Takes::Scalar | Takes::Boolean | Takes::Integer { .. } => ("", ""),
        Takes::Either(several) => several.first().map_or(("", ""), skeleton),
    }
}

/// What a value must be, in a few words.
pub(super) fn described(takes: &Takes) -> String {
    match takes {
        Takes::Program => "a jq program".to_owned(),
        Takes::Text => "a string with variables".to_owned(),
        Takes::Url => "a URL with variables".to_owned(),
        Takes::Value => "any JSON, with variables".to_owned(),
        Takes::Anything => "anything".to_owned(),
        Takes::IntakeName => "the name of an intake".to_owned(),
        Takes::Integer { least, most: u32::MAX, unit } => format!("a whole number{}, {least} or more", of(*unit)),
        Takes::Integer { least, most, unit } => format!("a whole number{}, {least} to {most}", of(*unit)),
        Takes::Word(words) => words.all().iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" | "),
        other => other.expected(),
    }
}

fn of(unit: Option<&str>) -> String {
    unit.map(|unit| format!(" of {unit}")).unwrap_or_default()
}

/// What a key means, whether it must be there, and what it is if it is not.
pub(super) fn document(key: &Key) -> String {
    match key.need {
        Need::Required(_) => format!("{}\n\nRequired.", key.doc),
        Need::Optional => key.doc.to_owned(),
        Need::Default(default) => format!("{}\n\nWithout it: `{default}`.", key.doc),
    }
}

/// The word that is being typed at an offset, without quotes around it.
fn typed(text: &str, offset: usize) -> Span {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '!' | '$' | '-');
    let before = &text[..offset];
    Span::new(before.trim_end_matches(is_word).len(), offset)
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// A text as a JSON string.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
