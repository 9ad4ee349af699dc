//! The grammar of `${…}`: first its text, cut into segments; then what the segments name.

use super::{Part, Root, Scope, Step, Template, Variable, VariablePath};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Sink, suggest};
use crate::json::Str;
use crate::source::Spanned;
use std::ops::Range;

/// Cuts a string at its variables; a `${…}` that cannot be read is reported and left out.
pub fn parse(text: &Str, sink: &mut Sink) -> Template {
    let mut parts = Vec::new();
    let (mut done, mut complete) = (0, true);
    let mut lost = Vec::new();
    loop {
        let start = text.value[done..].find("${").map_or(text.value.len(), |at| done + at);
        if start > done {
            push_text(&mut parts, text, done..start);
            lost.extend(missing_dollars(text, done..start, sink));
        }
        if start == text.value.len() {
            return Template { span: text.span, parts, complete, lost };
        }
        let (variable, end) = variable_at(text, start, sink);
        complete &= variable.is_some();
        parts.extend(variable.map(Part::Variable));
        done = end;
    }
}

/// Adds literal text; it joins the text before it where a variable between them could not be read.
fn push_text(parts: &mut Vec<Part>, text: &Str, range: Range<usize>) {
    let (value, span) = (&text.value[range.clone()], text.source_span(range));
    match parts.last_mut() {
        Some(Part::Text(last)) => {
            last.value.push_str(value);
            last.span = last.span.to(span);
        }
        _ => parts.push(Part::Text(Spanned::new(value.to_owned(), span))),
    }
}

/// Warns of what would be a variable if a `$` were before it, in a part of the text that is literal, and gives it.
pub(crate) fn missing_dollars(text: &Str, literal: Range<usize>, sink: &mut Sink) -> Vec<Variable> {
    // No name is as long as this: a hostile text is not searched to its end again and again.
    const FAR: usize = 200;
    let mut lost = Vec::new();
    for (offset, _) in text.value[literal.clone()].match_indices('{') {
        let start = literal.start + offset;
        let mut inside = text.value[start + 1..literal.end].bytes().take(FAR);
        let Some(length) = inside.position(|byte| matches!(byte, b'}' | b'{' | b'"')) else { continue };
        let end = start + 1 + length;
        let read = Reader { text, at: start + 1, end }.variable();
        let variable = read.and_then(|(segments, default)| Ok((resolve(text, &segments)?, default)));
        if let (true, Ok((path, default))) = (text.value[end..].starts_with('}'), variable) {
            let span = text.source_span(start..end + 1);
            // Nothing else is called like a path. `{subdomain}` and `{{resource.id}}` may be somebody else's placeholders.
            let is_double = text.value[..start].ends_with('{') || text.value[end + 1..].starts_with('}');
            let is_path = text.value[start..end].contains(['.', ':']);
            let applicability = Applicability::certain_if(is_path && !is_double);
            let edit = Edit { span: text.source_span(start..start), replacement: "$".to_owned() };
            sink.push(
                Diagnostic::new(Code::MissingDollar, span, "a variable without its `$`")
                    .label("stays as it is written")
                    .note("only `${…}` is replaced by a value; braces alone are text")
                    .mend(applicability, "add the `$`", vec![edit]),
            );
            lost.push(Variable { span, path, default });
        }
    }
    lost
}

/// Reads the variable whose `${` is at `start` (an offset in the decoded text), and says where it ends.
///
/// `None` if it is wrong, which is reported; the end is then where reading best goes on.
pub(crate) fn variable_at(text: &Str, start: usize, sink: &mut Sink) -> (Option<Variable>, usize) {
    let body = start + 2;
    let rest = &text.value[body..];
    let stop = rest.find(['}', '$']).map(|at| body + at);
    // A single `$` is an odd name, but no more.
    let stop = stop.and_then(|at| {
        let mut odd = text.value[at..].match_indices(['}', '$']).map(|(offset, _)| at + offset);
        odd.find(|at| text.value[*at..].starts_with('}') || text.value[*at..].starts_with("${"))
    });
    let close = match stop {
        Some(close) if text.value[close..].starts_with('}') => close,
        Some(nested) if is_open(&text.value[body..nested]) => return (None, report_nested(text, start, nested, sink)),
        _ => return (None, unclosed(text, start, sink)),
    };
    let read = Reader { text, at: body, end: close }.variable();
    let variable = read.and_then(|(segments, default)| Ok((resolve(text, &segments)?, default)));
    match variable {
        Ok((path, default)) => (Some(Variable { span: text.source_span(start..close + 1), path, default }), close + 1),
        Err(diagnostic) => {
            sink.push(*diagnostic);
            (None, close + 1)
        }
    }
}

/// Whether the text between `${` and another `${` can still be the inside of the first.
fn is_open(between: &str) -> bool {
    !between.contains(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | ';' | '(' | ')' | '&' | '/' | '?' | '='))
        || between.contains('|')
}

/// Reports a variable inside a variable; reading goes on behind the outer.
fn report_nested(text: &Str, start: usize, nested: usize, sink: &mut Sink) -> usize {
    let diagnostic =
        Diagnostic::new(Code::VariableSyntax, text.source_span(nested..nested + 2), "a variable inside a variable")
            .label("`${` cannot be nested")
            .secondary(text.source_span(start..start + 2), "inside this one")
            .help("the path of a variable is fixed: read the whole value, and pick from it in a `!jq`");
    sink.push(diagnostic);
    // No path is as long as this: a hostile text is not searched to its end again and again.
    const FAR: usize = 1000;
    let (mut depth, mut end) = (1_usize, nested);
    for (at, byte) in text.value.bytes().enumerate().skip(nested).take(FAR) {
        match byte {
            b'{' if text.value.as_bytes()[at - 1] == b'$' => depth += 1,
            b'}' => {
                (depth, end) = (depth - 1, at + 1);
                if depth == 0 {
                    break;
                }
            }
            b'"' | b'\n' => break,
            _ => {}
        }
    }
    end
}

/// Reports a `${` without its `}`; what looks like its path is skipped.
fn unclosed(text: &Str, start: usize, sink: &mut Sink) -> usize {
    let rest = &text.value[start + 2..];
    let in_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '[' | ']');
    let path = rest.find(|c| !in_path(c)).unwrap_or(rest.len());
    let path = rest[..path].trim_end_matches(['.', ':', '[']).len();
    let end = start + 2 + path;
    let mut diagnostic =
        Diagnostic::new(Code::VariableSyntax, text.source_span(start..end), "a variable without its closing brace")
            .label("`${` opens a variable here")
            .note("a string cannot hold a literal `${`");
    if path > 0 {
        diagnostic = diagnostic.fix("add the missing `}`", text.source_span(end..end), "}");
    }
    sink.push(diagnostic);
    end
}

/// A name in a path, with the indices behind it.
struct Segment<'a> {
    name: &'a str,
    range: Range<usize>,
    indices: Vec<(u32, Range<usize>)>,
}

type Failure = Box<Diagnostic>;

/// Reads the text between `${` and `}`.
struct Reader<'a> {
    text: &'a Str,
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text.value[self.at..self.end]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn error(&self, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code::VariableSyntax, self.text.source_span(range), message)
    }

    /// The next character, or the closing brace.
    fn here(&self) -> Range<usize> {
        self.at..self.at + self.text.value[self.at..].chars().next().map_or(0, char::len_utf8)
    }

    fn variable(&mut self) -> Result<(Vec<Segment<'a>>, Option<String>), Failure> {
        self.skip_space();
        if self.rest().is_empty() {
            let diagnostic = self.error(self.here(), "a variable without a name").help(ROOTS_HELP);
            return Err(Box::new(diagnostic));
        }
        let segments = self.path()?;
        self.skip_space();
        let default = if self.eat("|") { Some(self.default()?) } else { None };
        if self.rest().is_empty() {
            return Ok((segments, default));
        }
        let diagnostic = self
            .error(self.here(), format!("unexpected `{}` in a variable", &self.text.value[self.here()]))
            .label("expected `|` or `}`");
        Err(Box::new(diagnostic))
    }

    fn path(&mut self) -> Result<Vec<Segment<'a>>, Failure> {
        let mut segments = vec![self.segment()?];
        while self.eat("::") || self.eat(".") {
            segments.push(self.segment()?);
        }
        if self.rest().starts_with(':') {
            let diagnostic = self.error(self.here(), "a single `:` in a variable's path").fix(
                "separate names by `.`",
                self.text.source_span(self.here()),
                ".",
            );
            return Err(Box::new(diagnostic));
        }
        Ok(segments)
    }

    fn segment(&mut self) -> Result<Segment<'a>, Failure> {
        let start = self.at;
        let not_name = |c: char| matches!(c, '.' | ':' | '|' | '}' | '[' | ']') || c.is_whitespace();
        let len = self.rest().find(not_name).unwrap_or(self.rest().len());
        let name = &self.rest()[..len];
        if name.is_empty() {
            return Err(Box::new(
                self.error(self.here(), "a name is missing in a variable's path").label("expected a name"),
            ));
        }
        self.at += len;
        let range = start..self.at;
        let mut indices = Vec::new();
        while self.rest().starts_with('[') {
            indices.push(self.index()?);
        }
        Ok(Segment { name, range, indices })
    }

    fn index(&mut self) -> Result<(u32, Range<usize>), Failure> {
        let start = self.at;
        let close = self.rest().find(']').map_or(self.end, |at| start + at + 1);
        let digits = self.text.value[start + 1..close].trim_end_matches(']').trim();
        if self.text.value[start..close].ends_with(']')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(index) = digits.parse()
        {
            self.at = close;
            return Ok((index, start..close));
        }
        let diagnostic = self
            .error(start..close, "an index that is not a number")
            .label("expected `[0]`, `[1]`, …")
            .help("for a key write `.key`; for anything else read the whole value, and pick from it in a `!jq`");
        Err(Box::new(diagnostic))
    }

    /// What follows the `|`.
    fn default(&mut self) -> Result<String, Failure> {
        self.skip_space();
        let start = self.at;
        let len = self.rest().find(|c: char| c == ':' || c.is_whitespace()).unwrap_or(self.rest().len());
        let word = &self.rest()[..len];
        self.at += len;
        if word != "default" {
            let diagnostic = self
                .error(start..self.at.max(start + 1), format!("unknown filter `{word}`"))
                .label("only `default` is known");
            let span = self.text.source_span(start..self.at);
            let diagnostic = match suggest::meant(word, ["default"]) {
                Some(meant) => diagnostic.did_you_mean(meant, span, meant.word),
                None => diagnostic.help("write `| default: text` for a text to use when the value is missing"),
            };
            return Err(Box::new(diagnostic));
        }
        self.skip_space();
        if !self.eat(":") {
            return Ok(String::new());
        }
        let text = self.rest().trim().to_owned();
        self.at = self.end;
        Ok(text)
    }
}

const ROOTS: [&str; 7] = ["polling_state", "data", "custom_data", "piped_content", "webhook", "subdomain", "resource"];
const ROOTS_HELP: &str = "variables are `polling_state.KEY`, `data.SCOPE.KEY`, `custom_data.FIELD.value`, \
     `piped_content.N`, `webhook.url`, `subdomain` and `resource.id`";

/// What the segments name.
fn resolve(text: &Str, segments: &[Segment<'_>]) -> Result<VariablePath, Failure> {
    let names = Names { text, segments };
    let (root, taken) = match segments[0].name {
        "polling_state" => (Root::PollingState, 1),
        "subdomain" => (Root::Subdomain, 1),
        "webhook" => names.only("webhook", "url").map(|()| (Root::WebhookUrl, 2))?,
        "resource" => names.only("resource", "id").map(|()| (Root::ResourceId, 2))?,
        "data" => (names.saved()?, 2),
        "custom_data" => (names.custom_data()?, 3),
        "piped_content" => (names.piped_content()?, 2),
        unknown => return Err(names.unknown(0, format!("unknown variable `{unknown}`"), &ROOTS, ROOTS_HELP)),
    };
    names.no_indices(taken - 1, &root)?;
    let mut steps: Vec<Step> = segments[taken - 1].indices.iter().map(|(index, _)| Step::Index(*index)).collect();
    for segment in &segments[taken..] {
        steps.push(Step::Key(segment.name.to_owned()));
        steps.extend(segment.indices.iter().map(|(index, _)| Step::Index(*index)));
    }
    if !steps.is_empty() && matches!(root, Root::WebhookUrl | Root::Subdomain | Root::ResourceId) {
        let end = names.end();
        let start = segments[taken - 1].range.end;
        let diagnostic = names.error(start..end, format!("`{root}` is a text: it has no parts"));
        return Err(Box::new(diagnostic.suggest("remove the rest", text.source_span(start..end), "")));
    }
    Ok(VariablePath { root, steps })
}

/// The segments of one path, to look names up in.
struct Names<'a> {
    text: &'a Str,
    segments: &'a [Segment<'a>],
}

impl Names<'_> {
    fn error(&self, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code::UnknownVariable, self.text.source_span(range), message)
    }

    /// The end of the whole path.
    fn end(&self) -> usize {
        self.segments.last().map_or(0, |last| last.indices.last().map_or(last.range.end, |(_, range)| range.end))
    }

    /// An unknown name, with the closest known one.
    fn unknown(&self, at: usize, message: String, known: &[&str], help: &str) -> Failure {
        let segment = &self.segments[at];
        let diagnostic = self.error(segment.range.clone(), message);
        Box::new(match suggest::meant(segment.name, known.iter().copied()) {
            Some(close) => {
                let span = self.text.source_span(segment.range.clone());
                diagnostic.did_you_mean(close, span, close.word)
            }
            None => diagnostic.help(help),
        })
    }

    /// A path that stops too early.
    fn missing(&self, message: String, suggestion: Option<&str>, help: &str) -> Failure {
        let end = self.end();
        let diagnostic = self.error(self.segments[0].range.start..end, message);
        Box::new(match suggestion {
            Some(more) => diagnostic.suggest(format!("add `{more}`"), self.text.source_span(end..end), more),
            None => diagnostic.help(help),
        })
    }

    /// A root with a single property.
    fn only(&self, root: &str, property: &str) -> Result<(), Failure> {
        match self.segments.get(1) {
            None => Err(self.missing(format!("`{root}` alone is no variable"), Some(&format!(".{property}")), "")),
            Some(segment) if segment.name == property => Ok(()),
            Some(segment) => {
                let span = self.text.source_span(segment.range.clone());
                let message = format!("`{root}` has no property `{}`", segment.name);
                let diagnostic = self.error(segment.range.clone(), message);
                Err(Box::new(diagnostic.suggest(format!("the only one is `{property}`"), span, property)))
            }
        }
    }

    fn saved(&self) -> Result<Root, Failure> {
        const HELP: &str = "saved data is `data.workflow.KEY`, `data.connection.KEY` or `data.application.KEY`";
        let Some(scope) = self.segments.get(1) else {
            return Err(self.missing("`data` alone is no variable".into(), None, HELP));
        };
        let Some(found) = Scope::ALL.into_iter().find(|known| known.as_str() == scope.name) else {
            let names = Scope::ALL.map(Scope::as_str);
            return Err(self.unknown(1, format!("unknown scope `{}`", scope.name), &names, HELP));
        };
        if self.segments.len() < 3 {
            let message = format!("`data.{}` needs the key of a saved value", scope.name);
            return Err(self.missing(message, None, "write the key that `!save` stored: `data.workflow.webhook_id`"));
        }
        self.no_indices(1, &Root::Saved(found))?;
        if let Some((_, range)) = scope.indices.first() {
            return Err(Box::new(self.error(range.clone(), "saved data has keys, not indices").help(HELP)));
        }
        Ok(Root::Saved(found))
    }

    fn custom_data(&self) -> Result<Root, Failure> {
        let Some(field) = self.segments.get(1) else {
            let help = "name a form field and its property: `custom_data.FIELD.value`";
            return Err(self.missing("`custom_data` alone is no variable".into(), None, help));
        };
        let Some(property) = self.segments.get(2) else {
            let message = format!("`custom_data.{}` needs a property of the field", field.name);
            return Err(self.missing(message, Some(".value"), ""));
        };
        if let Some((_, range)) = field.indices.first() {
            let diagnostic = self.error(range.clone(), "a form field has properties, not indices");
            return Err(Box::new(diagnostic.help("write the index after the property: `custom_data.FIELD.value[0]`")));
        }
        Ok(Root::CustomData { field: field.name.to_owned(), property: property.name.to_owned() })
    }

    fn piped_content(&self) -> Result<Root, Failure> {
        const HELP: &str = "`piped_content.0` is the pipe's input, `piped_content.1` the output of its first command";
        if let [(index, range), ..] = self.segments[0].indices.as_slice() {
            let diagnostic = self.error(range.clone(), "`piped_content` takes its number after a `.`");
            let span = self.text.source_span(range.clone());
            return Err(Box::new(diagnostic.fix("write the number after a `.`", span, format!(".{index}"))));
        }
        let Some(number) = self.segments.get(1) else {
            return Err(self.missing("`piped_content` alone is no variable".into(), None, HELP));
        };
        match number.name.parse() {
            Ok(index) if number.name.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Root::PipedContent(index)),
            _ => Err(self.unknown(1, format!("`{}` is not the number of a command", number.name), &[], HELP)),
        }
    }

    /// Only the last of the segments that make the root can have indices.
    fn no_indices(&self, last: usize, root: &Root) -> Result<(), Failure> {
        match self.segments[..last].iter().find_map(|segment| segment.indices.first()) {
            None => Ok(()),
            Some((_, range)) => Err(Box::new(self.error(range.clone(), format!("an index inside `{root}`")))),
        }
    }
}
