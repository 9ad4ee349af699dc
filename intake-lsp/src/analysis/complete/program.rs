//! jq programs: functions, keywords, fields of the input and the program's own variables.

use super::{Item, ItemKind};
use crate::analysis::File;
use crate::analysis::jq_docs::{FUNCTIONS, Function, KEYWORDS};
use crate::analysis::types::{self, PathStep};
use intake_compiler::jq::{Token, TokenKind, tokens};
use intake_compiler::json::Str;

/// What can be written at an offset of a program.
pub(super) fn complete(file: &File, text: &Str, at: usize) -> Vec<Item> {
    let tokens = tokens(text);
    let index = tokens.partition_point(|token| token.range.end < at);
    let token = tokens.get(index).filter(|token| token.range.start < at);
    let start = token.map_or(at, |token| token.range.start);
    let span = text.source_span(start..at);
    match token.map(|token| token.kind) {
        Some(TokenKind::Text | TokenKind::Escape | TokenKind::Number | TokenKind::Variable) => Vec::new(),
        Some(TokenKind::Var) => {
            variables(text, &tokens, start).map(|name| Item::new(name, ItemKind::Variable, span)).collect()
        }
        Some(TokenKind::Quote) | None if in_string(&tokens, at) => Vec::new(),
        Some(TokenKind::Symbol) if &text.value[start..at] == ".." => Vec::new(),
        Some(TokenKind::Symbol) if text.value[start..at].starts_with('.') => {
            fields(file, text, &tokens[..index], start, at)
        }
        Some(TokenKind::Word | TokenKind::Format) => words(span).collect(),
        _ => words(text.source_span(at..at)).collect(),
    }
}

/// The fields that can stand behind the dot at `start`.
fn fields(file: &File, text: &Str, before: &[Token], start: usize, at: usize) -> Vec<Item> {
    let flow = file.analysis.flow();
    let commands = flow.intakes.iter().flat_map(|intake| &intake.events).flat_map(|event| &event.commands);
    let around = commands.filter(|flow| {
        let span = flow.command.span;
        span.start <= text.span.start && text.span.end <= span.end
    });
    let Some(command) = around.min_by_key(|flow| flow.command.span.range().len()) else { return Vec::new() };
    let span = text.source_span(start + 1..at);
    let is_plain = |name: &str| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let found = types::fields_behind(&command.input, &path(text, before, start)).into_iter();
    let found = found.filter(|(name, _)| is_plain(name));
    found.map(|(name, known)| Item::new(name, ItemKind::Field, span).detail(known)).collect()
}

/// The path that ends at `end`: `.a[].b` without anything between.
fn path(text: &Str, tokens: &[Token], mut end: usize) -> Vec<PathStep> {
    let mut steps = Vec::new();
    let mut tokens = tokens.iter().rev().peekable();
    while let Some(token) = tokens.next_if(|token| token.range.end == end) {
        end = token.range.start;
        match token.kind {
            TokenKind::Symbol if text.value[token.range.clone()].len() > 1 && text.value[end..].starts_with('.') => {
                steps.push(PathStep::Key(text.value[end + 1..token.range.end].to_owned()));
            }
            TokenKind::Close(b']') => match tokens.next() {
                Some(open) if open.kind == TokenKind::Open(b'[') && open.range.end == end => {
                    steps.push(PathStep::Elements);
                    end = open.range.start;
                }
                _ => break,
            },
            _ => break,
        }
    }
    steps.reverse();
    steps
}

/// Whether an offset between tokens is inside a string of the program.
fn in_string(tokens: &[Token], at: usize) -> bool {
    let mut open = Vec::new();
    for token in tokens.iter().take_while(|token| token.range.end <= at) {
        match token.kind {
            TokenKind::Quote => open.push(true),
            TokenKind::Open(_) => open.push(false),
            TokenKind::Unquote | TokenKind::Close(_) => {
                open.pop();
            }
            _ => {}
        }
    }
    open.last() == Some(&true)
}

/// The variables that the program binds somewhere.
fn variables<'a>(text: &'a Str, tokens: &[Token], but: usize) -> impl Iterator<Item = &'a str> {
    let mut names: Vec<&str> = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Var && token.range.start != but)
        .map(|token| &text.value[token.range.clone()])
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter()
}

fn words(span: intake_compiler::source::Span) -> impl Iterator<Item = Item> {
    let function = move |function: &Function| {
        let arguments = function.parameters().count();
        let item = Item::new(function.name(), ItemKind::Function, span).doc(function.doc).detail(function.call);
        match arguments {
            0 => item,
            // The label tells functions of one name apart; what is typed is compared with the name.
            _ => item.text(format!("{}(", function.name()), format!("{})", "; ".repeat(arguments - 1))),
        }
    };
    let keyword = move |(word, doc): &(&str, &'static str)| Item::new(*word, ItemKind::Keyword, span).doc(*doc);
    FUNCTIONS.iter().map(function).chain(KEYWORDS.iter().map(keyword))
}
