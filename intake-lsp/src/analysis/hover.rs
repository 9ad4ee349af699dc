//! What something means.

use super::File;
use super::complete::{described, document};
use super::cursor::{At, Cursor, known};
use super::jq_docs::{self, KEYWORDS};
use super::known::of_root;
use intake_compiler::diagnostic::Sink;
use intake_compiler::jq::{TokenKind, tokens};
use intake_compiler::json::Str;
use intake_compiler::manifest::grammar::Takes;
use intake_compiler::manifest::model::{Intake, IntakeKind};
use intake_compiler::source::Span;
use intake_compiler::template;

/// What is known of something in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What it is about.
    pub span: Span,
    /// Markdown.
    pub text: String,
}

/// What stands at an offset.
#[must_use]
pub fn hover(file: &File, offset: usize) -> Option<Hover> {
    let cursor = Cursor::new(file, offset);
    if let Some((takes, text)) = cursor.string() {
        return in_string(file, takes, text, offset);
    }
    match &cursor.at {
        At::Key { objects, member: Some(member), .. } => {
            let key = known(objects, &member.key.value)?;
            let text = format!("**`{}`**: {}\n\n{}", key.name, described(&key.takes), document(key));
            Some(Hover { span: member.key.span, text })
        }
        _ => None,
    }
}

fn in_string(file: &File, takes: Takes, text: &Str, offset: usize) -> Option<Hover> {
    match takes {
        Takes::Word(words) => {
            let (word, doc) = words.all().into_iter().find(|(word, _)| *word == text.value)?;
            Some(Hover { span: text.span, text: format!("**`{word}`**\n\n{doc}") })
        }
        Takes::IntakeName => {
            let named = |intake: &&Intake| intake.name.as_ref().is_some_and(|name| name.value == text.value);
            let intake = file.analysis.manifest.intakes.iter().find(named)?;
            Some(Hover { span: text.span, text: of_intake(file, intake) })
        }
        Takes::Text | Takes::Url | Takes::Value | Takes::Scalar => of_variable(text, offset),
        Takes::Program => of_variable(text, offset).or_else(|| of_word(text, offset)),
        _ => None,
    }
}

fn of_intake(file: &File, intake: &Intake) -> String {
    let kind = match intake.kind {
        Some(IntakeKind::Webhook(_)) => "webhook intake",
        Some(IntakeKind::Polling(_)) => "polling intake",
        None => "intake",
    };
    let line = file.source.position(intake.span.start).line;
    format!("A {kind}, at line {line}")
}

/// The variable around an offset.
fn of_variable(text: &Str, offset: usize) -> Option<Hover> {
    let mut sink = Sink::new();
    let template = template::parse(text, &mut sink);
    // What is wrong has been reported where the manifest was decoded.
    drop(sink.finish());
    let is_at = |span: Span| (span.start as usize..=span.end as usize).contains(&offset);
    let variable = template.variables().find(|variable| is_at(variable.span))?;
    let mut hover = format!("**`{}`**\n\n{}", variable.path, of_root(&variable.path.root));
    if let Some(default) = &variable.default {
        hover.push_str(&format!("\n\nWithout a value: `{}`", serde_json::Value::from(default.as_str())));
    }
    Some(Hover { span: variable.span, text: hover })
}

/// The function or keyword of jq at an offset.
fn of_word(text: &Str, offset: usize) -> Option<Hover> {
    let at = text.decoded_offset(offset);
    let tokens = tokens(text);
    let is_word = |kind| matches!(kind, TokenKind::Word | TokenKind::Format);
    let token =
        tokens.iter().find(|token| is_word(token.kind) && (token.range.start..=token.range.end).contains(&at))?;
    let name = &text.value[token.range.clone()];
    let keyword = KEYWORDS.iter().find(|(word, _)| *word == name).map(|(word, doc)| format!("**`{word}`**\n\n{doc}"));
    let functions: Vec<String> =
        jq_docs::of_name(name).map(|function| format!("**`{}`**: {}", function.call, function.doc)).collect();
    let text_of = keyword.or_else(|| (!functions.is_empty()).then(|| functions.join("\n\n")))?;
    Some(Hover { span: text.source_span(token.range.clone()), text: text_of })
}
