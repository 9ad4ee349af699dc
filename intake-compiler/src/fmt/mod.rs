//! A manifest in its one layout: keys in their order, comments where they were, jq programs laid out as well.
//!
//! What a manifest means does not change, and neither does the layout of what is laid out already. The result is read
//! again and compared before it is given back.

mod layout;

use crate::check::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::json::{self, Kind, Node, Str};
use crate::source::{Source, Span};
use crate::template::{self, Part};
use crate::{jq, manifest};
use std::collections::HashMap;

/// Lays a manifest out.
///
/// # Errors
/// What is wrong with the JSON, if it is wrong: what it means is not certain then. Other mistakes do not matter here; a
/// jq program that cannot be read is left as it is.
pub fn format(source: &Source) -> Result<String, Vec<Diagnostic>> {
    let document = parse(source)?;
    let texts = texts(&document, source);
    let laid_out = layout::lay_out(&document, source, &texts);
    let again = Source::new(source.name(), laid_out);
    match parse(&again) {
        Ok(other) if same(&document, &other) => Ok(again.text().to_owned()),
        _ => Err(vec![
            Diagnostic::new(Code::Internal, document.opening(), "laying the manifest out would change what it means")
                .help("this is a bug in intake: please report it with the manifest"),
        ]),
    }
}

fn parse(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    let mut sink = Sink::new();
    let document = json::parse(source, &mut sink);
    let found = sink.finish();
    match document {
        Some(document) if found.is_empty() => Ok(document),
        _ => Err(found),
    }
}

/// The strings that are written otherwise than they stand, as literals: jq programs, and texts with variables.
fn texts(document: &Node, source: &Source) -> HashMap<Span, String> {
    let mut unread = Sink::new();
    let manifest = manifest::decode(document, source, &mut unread);
    // What is wrong beyond the JSON is for `check` to say.
    drop(unread.finish());
    let (mut programs, mut variables) = (Vec::new(), HashMap::new());
    visit::manifest(&manifest, &mut |item, _| match item {
        Item::Filter(program) | Item::SwitchIndex(program) => programs.push(program.span),
        Item::Variable(variable) => {
            variables.insert(variable.span, variable.to_string());
        }
        Item::Command(_) => {}
    });
    programs.sort_unstable();
    let mut variables: Vec<(Span, String)> = variables.into_iter().collect();
    variables.sort_unstable();
    let mut texts = HashMap::new();
    each_string(document, &mut |string| {
        let text = match programs.binary_search(&string.span) {
            Ok(_) => jq::format(string).map(|program| format!("\"{}\"", jq::escape(&program))),
            Err(_) => with_variables(string, source, &variables),
        };
        texts.extend(text.map(|text| (string.span, text)));
    });
    texts
}

/// A literal with its variables in their one spelling; everything else in it stays as it is.
fn with_variables(string: &Str, source: &Source, variables: &[(Span, String)]) -> Option<String> {
    let from = variables.partition_point(|(span, _)| span.start < string.span.start);
    let within: Vec<_> = variables[from..].iter().take_while(|(span, _)| span.end <= string.span.end).collect();
    let first = within.first()?;
    let mut literal = source.text()[string.span.start as usize..first.0.start as usize].to_owned();
    for (index, (span, text)) in within.iter().enumerate() {
        literal.push_str(&jq::escape(text));
        let end = within.get(index + 1).map_or(string.span.end, |(next, _)| next.start);
        literal.push_str(&source.text()[span.end as usize..end as usize]);
    }
    Some(literal)
}

fn each_string<'a>(node: &'a Node, visit: &mut dyn FnMut(&'a Str)) {
    match &node.kind {
        Kind::String(string) => visit(string),
        Kind::Array(elements) => elements.iter().for_each(|element| each_string(element, visit)),
        Kind::Object(members) => members.iter().for_each(|member| each_string(&member.value, visit)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Error => {}
    }
}

/// Whether two documents mean the same.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::String(a), Kind::String(b)) => same_text(a, b),
        (Kind::Array(a), Kind::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Object(a), Kind::Object(b)) => {
            let all = || a.iter().zip(b);
            a.len() == b.len() && all().all(|(a, b)| a.key.value == b.key.value && same(&a.value, &b.value))
        }
        (a, b) => a == b,
    }
}

/// Equal, or the same program or template in another layout.
fn same_text(a: &Str, b: &Str) -> bool {
    let pieces = |string: &Str| {
        let mut unread = Sink::new();
        let template = template::parse(string, &mut unread);
        drop(unread.finish());
        let text = |part: &Part| match part {
            Part::Text(text) => text.value.clone(),
            Part::Variable(variable) => variable.to_string(),
        };
        template.parts.iter().map(text).collect::<String>()
    };
    a.value == b.value
        || pieces(a) == pieces(b)
        || jq::spelling(a).is_some_and(|spelling| jq::spelling(b) == Some(spelling))
}

/// A jq program in its layout, as decoded text; `None` if its text is not made of jq tokens.
#[must_use]
pub fn program(source: &Str) -> Option<String> {
    jq::format(source)
}
