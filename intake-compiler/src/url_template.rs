//! URLs with variables: the position of a variable decides how its value is escaped and checked (language reference,
//! section 4). This is the one place that knows the positions; the checks and the code generator both ask it.

use crate::diagnostic::Edit;
use crate::source::Span;
use crate::template::{Part, Template, Variable};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What a string is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlKind {
    /// An absolute URL.
    Url,
    /// An absolute URL that paths are joined to: no query, no fragment.
    Base,
    /// What is joined to `api.base_url`: a path, perhaps with a query.
    Path,
}

/// Where in a URL a variable stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Position {
    /// At the start: a whole URL (or a whole path, in [`UrlKind::Path`]), validated as one and not escaped.
    Whole,
    /// In the host: must be a host label, or be part of one.
    Host,
    /// The port, or part of it: digits.
    Port,
    /// In the path: percent-encoded except for `/`; no empty, `.` or `..` segment.
    Path,
    /// In the query: form-encoded.
    Query,
}

/// A piece of a URL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UrlPart<'a> {
    /// Text as it is sent.
    Text(&'a str),
    /// A variable and where it stands.
    Variable(&'a Variable, Position),
}

/// Why a string can never be a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlProblem {
    /// The part that is wrong.
    pub span: Span,
    /// What is wrong with it.
    pub message: String,
    /// How to mend it.
    pub help: String,
    /// Where the help is to insert or replace a text: that edit.
    pub edit: Option<Edit>,
}

impl UrlProblem {
    fn mended_by(mut self, span: Span, replacement: &str) -> Self {
        self.edit = Some(Edit { span, replacement: replacement.to_owned() });
        self
    }
}

/// Whether a string is an absolute URL: it has a scheme, or starts with a variable.
#[must_use]
pub fn is_absolute(template: &Template) -> bool {
    matches!(template.parts.first(), Some(Part::Variable(_))) || has_scheme(template)
}

/// Whether a string has a scheme, even a wrong or a broken one (`http:/`).
#[must_use]
pub fn has_scheme(template: &Template) -> bool {
    let mut start = String::new();
    for part in &template.parts {
        match part {
            Part::Text(text) => start.push_str(&text.value),
            Part::Variable(_) => start.push('x'),
        }
    }
    let scheme = start.split(['/', '?', '#']).next().unwrap_or_default();
    let known = ["http:", "https:"].iter().any(|known| starts_with_ignoring_case(&start, known));
    known || (scheme.ends_with(':') && start[scheme.len()..].starts_with("//"))
}

/// Cuts a URL into text and variables with their positions. A literal fragment is never sent, so it is left out.
///
/// # Errors
///
/// The first thing that can never be part of a valid URL.
pub fn split(template: &Template, kind: UrlKind) -> Result<Vec<UrlPart<'_>>, UrlProblem> {
    let mut splitter = Splitter::new(template, kind);
    for part in &template.parts {
        match part {
            Part::Text(text) => splitter.text(&text.value, text.span)?,
            Part::Variable(variable) => splitter.variable(variable)?,
        }
    }
    splitter.finish()
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    AfterWhole,
    Authority,
    Path,
    Query,
    Fragment,
}

struct Splitter<'a> {
    /// Where the text in the string starts: it may lack its quote.
    start: u32,
    kind: UrlKind,
    state: State,
    span: Span,
    scheme_holds_variable: bool,
    parts: Vec<UrlPart<'a>>,
    /// The authority so far, with [`VARIABLE`] for each variable.
    authority: String,
    authority_span: Option<Span>,
    /// The path's current segment, likewise.
    segment: String,
}

/// Stands for a variable in text that is checked; no manifest can hold it unreported (it is a control character).
const VARIABLE: char = '\u{0}';

type Checked<T = ()> = Result<T, UrlProblem>;

fn problem<T>(span: Span, message: impl Into<String>, help: impl Into<String>) -> Checked<T> {
    Err(UrlProblem { span, message: message.into(), help: help.into(), edit: None })
}

impl<'a> Splitter<'a> {
    fn new(template: &'a Template, kind: UrlKind) -> Self {
        Self {
            kind,
            state: State::Start,
            span: template.span,
            start: match template.parts.first() {
                Some(Part::Text(text)) => text.span.start,
                Some(Part::Variable(variable)) => variable.span.start,
                None => template.span.start,
            },
            scheme_holds_variable: template.parts.len() > 1 && has_scheme(template),
            parts: Vec::new(),
            authority: String::new(),
            authority_span: None,
            segment: String::new(),
        }
    }

    fn variable(&mut self, variable: &'a Variable) -> Checked {
        let position = match self.state {
            State::Start => {
                self.state = State::AfterWhole;
                Position::Whole
            }
            State::AfterWhole => return self.glued(variable.span),
            State::Authority => {
                // Inside `[…]`, a colon belongs to the address: `host` refuses a variable there.
                let position = if self.authority.contains(':') { Position::Port } else { Position::Host };
                self.authority.push(VARIABLE);
                self.authority_span = Some(self.authority_span.map_or(variable.span, |span| span.to(variable.span)));
                position
            }
            State::Path => {
                self.segment.push(VARIABLE);
                Position::Path
            }
            State::Query => Position::Query,
            State::Fragment => {
                let help = "remove the fragment, or move the variable into the query";
                return problem(variable.span, "a variable in the fragment, which is never sent", help);
            }
        };
        self.parts.push(UrlPart::Variable(variable, position));
        Ok(())
    }

    fn text(&mut self, text: &'a str, span: Span) -> Checked {
        check_characters(text, span)?;
        let mut from = 0;
        if self.state == State::Start {
            from = self.start(text, span)?;
        } else if self.state == State::AfterWhole {
            if !text.starts_with(['/', '?', '#']) {
                return self.glued(within(text, span, 0, text.chars().next().map_or(0, char::len_utf8)));
            }
            self.state = State::Path;
        }
        for (at, c) in text.char_indices().skip_while(|(at, _)| *at < from) {
            self.character(c, within(text, span, at, at + c.len_utf8()))?;
            if self.state == State::Fragment {
                break;
            }
        }
        let sent = text.split('#').next().unwrap_or_default();
        if !sent.is_empty() {
            self.parts.push(UrlPart::Text(sent));
        }
        Ok(())
    }

    fn character(&mut self, c: char, span: Span) -> Checked {
        match (self.state, c) {
            (State::Authority, '/' | '?' | '#') => self.end_authority(),
            (State::Authority, '@') => {
                let help = "remove it; credentials belong in `auth` or in a header";
                problem(span, "a user name or password in the URL", help)
            }
            (State::Authority, _) => {
                self.authority.push(c);
                self.authority_span = Some(self.authority_span.map_or(span, |before| before.to(span)));
                Ok(())
            }
            _ => Ok(()),
        }?;
        match (self.state, c) {
            (State::Authority | State::Path, '/') => {
                self.state = State::Path;
                self.end_segment(span)
            }
            (State::Authority | State::Path, '?') => {
                self.state = State::Query;
                self.end_segment(span)?;
                self.refuse_in_base("query", span)
            }
            (State::Authority | State::Path | State::Query, '#') => {
                self.end_segment(span)?;
                self.state = State::Fragment;
                self.refuse_in_base("fragment", span)
            }
            (State::Path, _) => {
                self.segment.push(c);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn refuse_in_base(&self, what: &str, span: Span) -> Checked {
        match self.kind {
            UrlKind::Base => problem(
                span,
                format!("`api.base_url` with a {what}"),
                format!("remove the {what}: every `path` is joined to the end of the base URL"),
            ),
            _ => Ok(()),
        }
    }

    /// Reads the scheme; gives the offset just past it.
    fn start(&mut self, text: &str, span: Span) -> Checked<usize> {
        if self.kind == UrlKind::Path {
            self.state = State::Path;
            if text.starts_with("//") {
                let help = "start the path with one `/`, or give a whole URL as `url`";
                return problem(within(text, span, 0, 2), "a path that starts with `//` names a host", help);
            }
            return Ok(0);
        }
        self.state = State::Authority;
        let help = "start it with `https://`";
        let Some(end) = text.find("://") else {
            let message = match self.scheme_holds_variable {
                true => "a variable in the scheme of a URL",
                false => "a URL without `http://` or `https://`",
            };
            let without = problem(span, message, help);
            return match self.scheme_holds_variable || text.contains(':') {
                true => without,
                false => without.map_err(|found| found.mended_by(self.inside(), "https://")),
            };
        };
        match text[..end].to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(end + 3),
            scheme => {
                let message = format!("a URL with the scheme `{scheme}`: only `http` and `https` can be called");
                problem(within(text, span, 0, end), message, help)
            }
        }
    }

    fn glued<T>(&self, span: Span) -> Checked<T> {
        let (message, help) = match self.kind {
            UrlKind::Path => (
                "a path that starts with a variable takes it as the whole path: only `/`, `?` or `#` can follow",
                "start the path with `/`, then the variable is one part of it",
            ),
            UrlKind::Url | UrlKind::Base => (
                "a URL that starts with a variable takes it as the whole URL: only `/`, `?` or `#` can follow",
                "start the URL with `https://`, then the variable is one part of the host",
            ),
        };
        let start = if self.kind == UrlKind::Path { "/" } else { "https://" };
        problem(span, message, help).map_err(|found| found.mended_by(self.inside(), start))
    }

    /// The empty span before the first character of the string.
    fn inside(&self) -> Span {
        Span::at(self.start as usize)
    }

    fn end_segment(&mut self, span: Span) -> Checked {
        let segment = std::mem::take(&mut self.segment);
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            dots @ ("." | "..") => {
                problem(span, format!("a path with the segment `{dots}`"), "write the path that is meant, without dots")
            }
            _ => Ok(()),
        }
    }

    fn end_authority(&self) -> Checked {
        let span = self.authority_span.unwrap_or(self.span);
        let authority = self.authority.as_str();
        if let Some(rest) = authority.strip_prefix('[') {
            let Some((address, port)) = rest.split_once(']') else {
                return problem(span, "an IPv6 address without its `]`", "close the bracket");
            };
            if address.parse::<Ipv6Addr>().is_err() {
                return problem(span, "no IPv6 address between `[` and `]`", "write a host name, or the whole address");
            }
            return match port {
                "" => Ok(()),
                _ => check_port(port.strip_prefix(':').unwrap_or("?"), span),
            };
        }
        match authority.split_once(':') {
            Some((host, port)) => check_host(host, span).and_then(|()| check_port(port, span)),
            None => check_host(authority, span),
        }
    }

    fn finish(mut self) -> Checked<Vec<UrlPart<'a>>> {
        match self.state {
            State::Start if self.kind != UrlKind::Path => {
                problem(self.span, "an empty URL", "start it with `https://`")
            }
            State::Authority => self.end_authority().map(|()| self.parts),
            State::Path => self.end_segment(self.span).map(|()| self.parts),
            _ => Ok(self.parts),
        }
    }
}

fn check_host(host: &str, span: Span) -> Checked {
    let help = "a host is a name like `api.example.com`: letters, digits, `-` and `.`";
    let invalid = |message: String| problem(span, message, help);
    if host.is_empty() {
        return invalid("a URL without a host".to_owned());
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | VARIABLE);
    if let Some(other) = host.chars().find(|c| !allowed(*c)) {
        return invalid(format!("a host cannot hold `{other}`"));
    }
    let labels = host.strip_suffix('.').unwrap_or(host).split('.');
    for label in labels {
        if label.is_empty() || label.len() > 63 || label.starts_with('-') || label.ends_with('-') {
            let shown = label.replace(VARIABLE, "${…}");
            return invalid(format!("a host cannot have the label `{shown}`"));
        }
    }
    // Numbers in other forms are addresses as well (`127.1`, `0x7f.1`), and nobody means them.
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X");
    if numeric && !host.contains(VARIABLE) && host.parse::<Ipv4Addr>().is_err() {
        return invalid(format!("`{host}` is neither a host name nor an IPv4 address in full"));
    }
    Ok(())
}

fn check_port(port: &str, span: Span) -> Checked {
    let digits = port.chars().all(|c| c.is_ascii_digit() || c == VARIABLE);
    let in_range = port.contains(VARIABLE) || port.parse::<u16>().is_ok_and(|port| port > 0);
    if port.is_empty() || !digits || !in_range {
        return problem(span, "no valid port after the host", "a port is a number from 1 to 65535");
    }
    Ok(())
}

/// What no URL can hold anywhere: spaces, control characters, `\` (read as `/`) and an unfinished `%` escape, which
/// the value of a variable could finish.
fn check_characters(text: &str, span: Span) -> Checked {
    for (at, c) in text.char_indices() {
        let place = within(text, span, at, at + c.len_utf8());
        if c == ' ' {
            let space = problem(place, "a space in a URL", "write `%20`, or `+` in the query");
            let is_exact = place.end - place.start == 1;
            return if is_exact { space.map_err(|found| found.mended_by(place, "%20")) } else { space };
        } else if c.is_control() || c.is_whitespace() {
            return problem(place, format!("the character U+{:04X} in a URL", c as u32), "remove it");
        } else if c == '\\' {
            return problem(place, "a backslash in a URL", "write `/`, or `%5C` for the backslash itself");
        }
        let escape = text.as_bytes().get(at + 1..at + 3);
        if c == '%' && !escape.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return problem(place, "a `%` without two hexadecimal digits", "write `%25` for the character itself");
        }
    }
    Ok(())
}

/// The span of a range of `text`; all of `span` if escapes make their lengths differ.
fn within(text: &str, span: Span, start: usize, end: usize) -> Span {
    if (span.end - span.start) as usize != text.len() {
        return span;
    }
    let base = span.start as usize;
    Span::new(base + start, base + end)
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::{UrlKind, UrlPart, has_scheme, is_absolute, split};
    use crate::source::{Span, Spanned};
    use crate::template::{Part, Root, Template, Variable, VariablePath};

    /// A template from text with `$` for each variable.
    fn template(text: &str) -> Template {
        let mut parts = Vec::new();
        for (at, piece) in text.split('$').enumerate() {
            let start = piece.as_ptr() as usize - text.as_ptr() as usize + 1;
            if at > 0 {
                let path = VariablePath { root: Root::Subdomain, steps: Vec::new() };
                parts.push(Part::Variable(Variable { span: Span::new(start - 1, start), path, default: None }));
            }
            if !piece.is_empty() {
                parts.push(Part::Text(Spanned::new(piece.to_owned(), Span::new(start, start + piece.len()))));
            }
        }
        Template { span: Span::new(0, text.len() + 2), parts, complete: true, lost: Vec::new() }
    }

    fn show(text: &str, kind: UrlKind) -> String {
        match split(&template(text), kind) {
            Ok(parts) => parts
                .iter()
                .map(|part| match part {
                    UrlPart::Text(text) => (*text).to_owned(),
                    UrlPart::Variable(_, position) => format!("<{position:?}>"),
                })
                .collect(),
            Err(problem) => format!("error: {}", problem.message),
        }
    }

    #[test]
    fn the_position_of_each_variable() {
        for (text, kind, expected) in [
            (
                "https://$.example.com:$/a/$-b?c=$&d=$",
                UrlKind::Url,
                "https://<Host>.example.com:<Port>/a/<Path>-b?c=<Query>&d=<Query>",
            ),
            ("$", UrlKind::Url, "<Whole>"),
            ("$/a/$?b=$", UrlKind::Url, "<Whole>/a/<Path>?b=<Query>"),
            ("$?page=$", UrlKind::Path, "<Whole>?page=<Query>"),
            ("/a/$/b", UrlKind::Path, "/a/<Path>/b"),
            ("v2/webhooks/$", UrlKind::Path, "v2/webhooks/<Path>"),
            ("?q=$", UrlKind::Path, "?q=<Query>"),
            ("https://x-$$.example.com?$", UrlKind::Url, "https://x-<Host><Host>.example.com?<Query>"),
            ("HTTP://127.0.0.1:8080/?created[gte]=1#top", UrlKind::Url, "HTTP://127.0.0.1:8080/?created[gte]=1"),
            ("http://[::1]:80/a", UrlKind::Url, "http://[::1]:80/a"),
            ("/a?b=../c:@d", UrlKind::Path, "/a?b=../c:@d"),
            ("/a/.b/..c/%20/:id@x", UrlKind::Path, "/a/.b/..c/%20/:id@x"),
            ("https://$.example.com/v1", UrlKind::Base, "https://<Host>.example.com/v1"),
            ("", UrlKind::Path, ""),
        ] {
            assert_eq!(show(text, kind), expected, "{text}");
        }
    }

    #[test]
    fn what_can_never_be_a_url() {
        for (text, kind, expected) in [
            ("", UrlKind::Url, "an empty URL"),
            ("ftp://example.com", UrlKind::Url, "scheme `ftp`"),
            ("h$://example.com", UrlKind::Url, "variable in the scheme"),
            ("https:/example.com", UrlKind::Url, "without `http://`"),
            ("example.com", UrlKind::Base, "without `http://`"),
            ("https://", UrlKind::Url, "without a host"),
            ("https:///a", UrlKind::Url, "without a host"),
            ("https://user:$@example.com", UrlKind::Url, "user name or password"),
            ("https://$@example.com", UrlKind::Url, "user name or password"),
            ("https://exa mple.com", UrlKind::Url, "a space"),
            ("https://a..b/", UrlKind::Url, "the label ``"),
            ("https://-a.b/", UrlKind::Url, "the label `-a`"),
            ("https://ex!.com/", UrlKind::Url, "cannot hold `!`"),
            ("https://127.1/", UrlKind::Url, "neither a host name"),
            ("https://0x7f000001/", UrlKind::Url, "neither a host name"),
            ("https://[::$]/", UrlKind::Url, "no IPv6 address"),
            ("https://[::1/", UrlKind::Url, "without its `]`"),
            ("https://a.b:99999/", UrlKind::Url, "no valid port"),
            ("https://a.b:/", UrlKind::Url, "no valid port"),
            ("https://a.b:x$/", UrlKind::Url, "no valid port"),
            ("https://a.b/../c", UrlKind::Url, "the segment `..`"),
            ("https://a.b/%2E./c", UrlKind::Url, "the segment `..`"),
            ("/a/.", UrlKind::Path, "the segment `.`"),
            ("../$", UrlKind::Path, "the segment `..`"),
            ("/a\\b", UrlKind::Path, "a backslash"),
            ("/a\nb", UrlKind::Path, "U+000A"),
            ("/a%$", UrlKind::Path, "two hexadecimal digits"),
            ("/a%2$", UrlKind::Path, "two hexadecimal digits"),
            ("//a", UrlKind::Path, "names a host"),
            ("$.example.com", UrlKind::Url, "takes it as the whole URL"),
            ("$$", UrlKind::Url, "takes it as the whole URL"),
            ("$.json", UrlKind::Path, "takes it as the whole path"),
            ("https://a.b/#$", UrlKind::Url, "in the fragment"),
            ("https://a.b/?c", UrlKind::Base, "with a query"),
            ("https://a.b#c", UrlKind::Base, "with a fragment"),
        ] {
            let found = show(text, kind);
            assert!(found.starts_with("error: ") && found.contains(expected), "{text}: {found}");
        }
    }

    #[test]
    fn problems_point_at_their_place() {
        let spaced = template("https://a.b/c d");
        assert_eq!(split(&spaced, UrlKind::Url).map_err(|problem| problem.span), Err(Span::new(14, 15)));
    }

    #[test]
    fn absolute_and_relative() {
        for (text, scheme, absolute) in [
            ("https://a.b", true, true),
            ("HTTP:/a.b", true, true),
            ("ftp://a", true, true),
            ("h$://a", true, true),
            ("$/a", false, true),
            ("/a/b://c", false, false),
            ("a.example.com/x", false, false),
            ("a?b=https://c", false, false),
        ] {
            assert_eq!((has_scheme(&template(text)), is_absolute(&template(text))), (scheme, absolute), "{text}");
        }
    }
}
