//! jq programs: functions, keywords and the program's own variables.

use super::{Item, ItemKind};
use crate::analysis::File;
use crate::analysis::cursor::Cursor;
use crate::analysis::jq_docs::{FUNCTIONS, Function, KEYWORDS};
use intake_compiler::jq::{Token, TokenKind, tokens};
use intake_compiler::json::Str;

/// What can be written at an offset of a program.
pub(super) fn complete(_: &File, _: &Cursor<'_>, text: &Str, at: usize) -> Vec<Item> {
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
        Some(TokenKind::Symbol) if text.value[start..at].starts_with('.') => Vec::new(),
        Some(TokenKind::Word | TokenKind::Format) => words(span).collect(),
        _ => words(text.source_span(at..at)).collect(),
    }
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
