//! What something means.

use super::File;
use super::complete::{described, document};
use super::cursor::{At, Cursor, known};
use super::jq_docs::{self, KEYWORDS};
use super::known::of_root;
use super::types;
use intake_compiler::diagnostic::Sink;
use intake_compiler::flow::CommandFlow;
use intake_compiler::flow::ways::{Found, Ways};
use intake_compiler::jq::{Token, TokenKind, tokens};
use intake_compiler::json::Str;
use intake_compiler::manifest::grammar::Takes;
use intake_compiler::manifest::model::{CommandKind, Intake, IntakeKind};
use intake_compiler::source::Span;
use intake_compiler::template::{self, Root, Step};

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
    meaning(file, offset).or_else(|| explanation(file, offset))
}

/// The explanation of what was found at an offset.
fn explanation(file: &File, offset: usize) -> Option<Hover> {
    let holds = |span: Span| (span.start as usize..=span.end as usize).contains(&offset);
    let found = file.found().find(|found| holds(found.primary.span))?;
    Some(Hover { span: found.primary.span, text: found.code.explanation().to_owned() })
}

/// What the language says of what stands at an offset.
fn meaning(file: &File, offset: usize) -> Option<Hover> {
    let cursor = Cursor::new(file, offset);
    if let Some((takes, text)) = cursor.string() {
        return in_string(file, takes, text, offset);
    }
    match &cursor.at {
        At::Key { objects, member: Some(member), .. } => {
            let key = known(objects, &member.key.value)?;
            let mut text = format!("**`{}`**: {}\n\n{}", key.name, described(&key.takes), document(key));
            if let Some(output) = output(file, member.key.span) {
                text.push_str(&format!("\n\nHere it gives `{output}`."));
            }
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
        Takes::Text | Takes::Url | Takes::Value | Takes::Scalar => of_variable(file, text, offset),
        Takes::Program => {
            of_variable(file, text, offset).or_else(|| of_word(text, offset)).or_else(|| of_part(file, text, offset))
        }
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
fn of_variable(file: &File, text: &Str, offset: usize) -> Option<Hover> {
    let mut sink = Sink::new();
    let template = template::parse(text, &mut sink);
    // What is wrong has been reported where the manifest was decoded.
    drop(sink.finish());
    let is_at = |span: Span| (span.start as usize..=span.end as usize).contains(&offset);
    let variable = template.variables().find(|variable| is_at(variable.span))?;
    let known = value(file, variable.span).map(|known| format!(": `{known}`")).unwrap_or_default();
    let mut hover = format!("**`{}`**{known}\n\n{}", variable.path, of_root(&variable.path.root));
    if let Some(default) = &variable.default {
        hover.push_str(&format!("\n\nWithout a value: `{}`", serde_json::Value::from(default.as_str())));
    }
    Some(Hover { span: variable.span, text: hover })
}

/// What is known of the value of a variable.
fn value(file: &File, variable: Span) -> Option<String> {
    let flow = file.analysis.flow();
    let found = flow.intakes.iter().find_map(|intake| {
        let (event, read) = intake.reads().find(|(_, read)| read.variable.span == variable)?;
        Some((intake, event, read))
    });
    let (intake, event, read) = found?;
    let path = &read.variable.path;
    match (&path.root, &intake.state) {
        (Root::PollingState, Some(state)) => {
            let writes = state.arriving(event);
            let values = state.at(&writes, &path.steps).filter_map(|(_, found)| match found {
                Found::Absent => None,
                Found::Unknown => Some(Ways::unknown()),
                Found::Value(shape) | Found::Maybe(shape) => Some(Ways::of([shape.clone()])),
            });
            let values: Vec<Ways> = values.collect();
            types::of_ways(&Ways::of(values.iter().flat_map(|ways| ways.iter().cloned())))
        }
        (Root::Saved(scope), _) => match path.steps.split_first() {
            Some((Step::Key(key), rest)) => types::of_ways(&flow.saved.value(*scope, key).value_at(rest)),
            _ => None,
        },
        (Root::PipedContent(_), _) => types::of_ways(&read.content.as_ref()?.value_at(&path.steps)),
        (Root::WebhookUrl | Root::Subdomain | Root::ResourceId, _) => Some("string".to_owned()),
        _ => None,
    }
}

/// What is known of the output of the command with this key.
fn output(file: &File, key: Span) -> Option<String> {
    let flow = file.analysis.flow();
    let commands = flow.intakes.iter().flat_map(|intake| &intake.events).flat_map(|event| &event.commands);
    let found = commands.into_iter().find(|flow| flow.command.key == key)?;
    types::of_ways(&found.output)
}

/// What is known of the part of a program's output that is made at an offset.
fn of_part(file: &File, text: &Str, offset: usize) -> Option<Hover> {
    let flow = file.analysis.flow();
    let commands = flow.intakes.iter().flat_map(|intake| &intake.events).flat_map(|event| &event.commands);
    let is_here = |flow: &&CommandFlow<'_>| matches!(&flow.command.kind, CommandKind::Jq(Some(program)) if program.span == text.span);
    let found = commands.into_iter().find(is_here)?;
    let (span, part) = found.output.iter().find_map(|shape| types::part_at(shape, offset))?;
    Some(Hover { span, text: format!("`{}`", types::of_shape(part)?) })
}

/// The function or keyword of jq at an offset.
fn of_word(text: &Str, offset: usize) -> Option<Hover> {
    let at = text.decoded_offset(offset);
    let tokens = tokens(text);
    let is_word = |kind| matches!(kind, TokenKind::Word | TokenKind::Format);
    let is_at = |token: &Token| (token.range.start..=token.range.end).contains(&at);
    let index = tokens.iter().position(|token| is_word(token.kind) && is_at(token))?;
    let token = &tokens[index];
    // `{add: 1}` calls nothing.
    if tokens.get(index + 1).is_some_and(|next| &text.value[next.range.clone()] == ":") {
        return None;
    }
    let name = &text.value[token.range.clone()];
    let keyword = KEYWORDS.iter().find(|(word, _)| *word == name).map(|(word, doc)| format!("**`{word}`**\n\n{doc}"));
    let functions: Vec<String> =
        jq_docs::of_name(name).map(|function| format!("**`{}`**: {}", function.call, function.doc)).collect();
    let text_of = keyword.or_else(|| (!functions.is_empty()).then(|| functions.join("\n\n")))?;
    Some(Hover { span: text.source_span(token.range.clone()), text: text_of })
}
