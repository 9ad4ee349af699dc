//! Reads a program with jaq's own parser, and reports what it refuses.

use super::report::Text;
use super::scan::Kind;
use super::substitute::Code;
use crate::diagnostic::{Applicability, Code as DiagnosticCode, Diagnostic, Edit, Sink};
use jaq_core::load::parse::{Expect, Term};
use jaq_core::load::{Lexer, Parser};
use std::ops::Range;

/// More than this many mistakes in one program are not reported.
const MOST: usize = 20;

/// The program as jaq understands it; `None` if it does not, which is reported.
pub(super) fn parse<'c>(code: &'c Code, text: Text<'_>, sink: &mut Sink) -> Option<Term<&'c str>> {
    let tokens = match Lexer::new(&code.text).lex() {
        Ok(tokens) => tokens,
        Err(errors) => {
            for (expected, rest) in errors {
                let range = code.decoded(code.range_of(rest).start..code.text.len());
                let message = format!("expected {}", expected.as_str());
                sink.push(text.error(DiagnosticCode::JqSyntax, range.start..range.start, message));
            }
            return None;
        }
    };
    if let Some(diagnostic) = module_directive(text) {
        sink.push(diagnostic);
        return None;
    }
    let errors = match Parser::new(&tokens).parse(|parser| parser.term()) {
        Ok(term) => return Some(term),
        Err(errors) => errors,
    };
    let mut reported = Vec::new();
    for (expected, found) in errors.into_iter().take(MOST) {
        let at = match found {
            Some(token) => code.decoded(code.range_of(token.as_str())).start,
            None => text.end(),
        };
        if !reported.contains(&at) {
            reported.push(at);
            sink.push(Problem { text, expected: &expected, at, found: found.map(|_| text.token_from(at)) }.describe());
        }
    }
    None
}

/// `import`, `include` and `module` count only at the start of a program; jaq would look for files.
fn module_directive(text: Text<'_>) -> Option<Diagnostic> {
    let word = text.token(0);
    if !matches!(word, "import" | "include" | "module") || text.token(1) == ";" {
        return None;
    }
    let follows = text.at(1).map(|token| token.kind);
    matches!(follows, Some(Kind::Quote | Kind::Open(_))).then(|| {
        text.error(DiagnosticCode::JqRefused, 0..0, format!("`{word}` is not available in a manifest"))
            .note("a program stands alone: it reads no other files")
    })
}

/// One thing jaq's parser did not expect.
struct Problem<'a> {
    text: Text<'a>,
    expected: &'a Expect<&'a str>,
    /// Where it is in the decoded text.
    at: usize,
    /// The index of the token; `None` at the end of the program.
    found: Option<usize>,
}

/// Operators of other languages.
const OPERATORS: [(&str, &str, Applicability); 8] = [
    ("||", "or", Applicability::Certain),
    ("===", "==", Applicability::Certain),
    ("!==", "!=", Applicability::Certain),
    ("=>", ">=", Applicability::Maybe),
    ("=<", "<=", Applicability::Maybe),
    ("<>", "!=", Applicability::Certain),
    ("++", "+", Applicability::Maybe),
    ("--", "-", Applicability::Maybe),
];

/// How a mistake is mended, and how sure that is.
type Mend = (Applicability, String, Vec<Edit>);

impl Problem<'_> {
    fn found_text(&self) -> &str {
        self.found.map_or("", |index| self.text.token(index))
    }

    /// The token before the one that was found.
    fn before(&self) -> Option<usize> {
        self.found.unwrap_or(self.text.scan.tokens.len()).checked_sub(1)
    }

    fn range(&self) -> Range<usize> {
        let len = self.found.and_then(|index| self.text.at(index)).map_or(0, |token| token.range.len());
        self.at..self.at + len
    }

    fn describe(&self) -> Diagnostic {
        if self.text.scan.tokens.is_empty() {
            let diagnostic = self.text.error(DiagnosticCode::JqSyntax, 0..0, "an empty jq program");
            let diagnostic = diagnostic.note("`.` is the program whose output is its input");
            return diagnostic.suggest_all("write `.`", vec![self.text.edit(0..self.text.source.value.len(), ".")]);
        }
        let found = match self.found {
            Some(_) => format!("`{}`", self.found_text()),
            None => "the end of the program".to_owned(),
        };
        let expected = expected(self.expected);
        let diagnostic = self
            .text
            .error(DiagnosticCode::JqSyntax, self.range(), format!("expected {expected}, found {found}"))
            .label(format!("expected {expected}"));
        match self.edits() {
            Some((applicability, message, edits)) => diagnostic.mend(applicability, message, edits),
            None => self.explain(diagnostic),
        }
    }

    fn edit(&self, range: Range<usize>, replacement: &str) -> Option<Vec<Edit>> {
        Some(vec![self.text.edit(range, replacement)])
    }

    /// The mistakes whose fix is plain.
    fn edits(&self) -> Option<Mend> {
        let found = self.found_text();
        if let Some((_, right, sure)) = OPERATORS.iter().find(|(wrong, ..)| *wrong == found) {
            return Some((*sure, format!("write `{right}`"), self.edit(self.range(), right)?));
        }
        let certain = |(message, edits)| (Applicability::Certain, message, edits);
        if matches!(found, "elsif" | "elseif") {
            return Some(certain(("write `elif`".into(), self.edit(self.range(), "elif")?)));
        }
        let plain = self.negation().or_else(|| self.separator()).map(certain);
        plain.or_else(|| self.conditional()).or_else(|| self.access().map(certain))
    }

    /// `!x` becomes `(x | not)`.
    fn negation(&self) -> Option<(String, Vec<Edit>)> {
        if !matches!(self.expected, Expect::Term) || self.found_text() != "!" {
            return None;
        }
        let bang = self.found?;
        let mut last = self.operand_end(bang + 1)?;
        while matches!(self.text.at(last + 1).map(|token| token.kind), Some(Kind::Open(b'[' | b'(')))
            || (self.text.token(last + 1).starts_with('.') && self.text.token(last + 1).len() > 1)
        {
            last = self.operand_end(last + 1)?;
        }
        let end = self.text.at(last)?.range.end;
        let edits = vec![self.text.edit(self.range(), "("), self.text.edit(end..end, " | not)")];
        Some(("write `(… | not)`".into(), edits))
    }

    /// The index of the last token of what starts at an index: a single token, or all to the closing bracket or quote.
    fn operand_end(&self, index: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in index.. {
            match self.text.at(at)?.kind {
                Kind::Open(_) | Kind::Quote => depth += 1,
                Kind::Close(_) | Kind::Unquote => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// Commas and colons.
    fn separator(&self) -> Option<(String, Vec<Edit>)> {
        let found = self.found.and_then(|index| self.text.at(index));
        let before = self.before().and_then(|index| self.text.at(index))?;
        let before_text = self.text.get(before.range.clone());
        let closes = found.is_none_or(|token| matches!(token.kind, Kind::Close(_)));
        let starts_value = found.is_some_and(|token| {
            matches!(token.kind, Kind::Word | Kind::Var | Kind::Number | Kind::Quote | Kind::Open(_) | Kind::Variable)
        });
        let insert_comma = || Some(("add the missing `,`".into(), self.edit(before.range.end..before.range.end, ",")?));
        match self.expected {
            Expect::Term | Expect::Key if closes && before_text == "," => {
                Some(("remove the comma".into(), self.edit(before.range.clone(), "")?))
            }
            Expect::CommaOrRBrace if self.found_text() == "=" => {
                Some(("write `:`".into(), self.edit(self.range(), ":")?))
            }
            Expect::CommaOrRBrace if starts_value && before_text != "-" => insert_comma(),
            Expect::Just("]") if starts_value => insert_comma(),
            Expect::Nothing if self.found_text() == ";" && self.range().end == self.text.end() => {
                Some(("remove it".into(), self.edit(self.range(), "")?))
            }
            _ if self.found_text() == ":" && self.text.token(self.found? + 1) == ":" => {
                Some(("write `.`".into(), self.edit(self.at..self.at + 2, ".")?))
            }
            _ => None,
        }
    }

    /// `else if`, and `if` without its `end`.
    fn conditional(&self) -> Option<Mend> {
        if !matches!(self.expected, Expect::ElseOrEnd | Expect::Just("end")) {
            return None;
        }
        let here = self.found.unwrap_or(self.text.scan.tokens.len());
        let else_if = (0..here.saturating_sub(1))
            .rev()
            .find(|index| self.text.token(*index) == "else" && self.text.token(index + 1) == "if");
        if let Some(index) = else_if {
            let range = self.text.at(index)?.range.start..self.text.at(index + 1)?.range.end;
            return Some((Applicability::Certain, "write `elif`".into(), self.edit(range, "elif")?));
        }
        // Where the `if` ends decides what the program means.
        let end = self.text.at(self.before()?)?.range.end;
        Some((Applicability::Maybe, "add the missing `end`".into(), self.edit(end..end, " end")?))
    }

    /// `.${x}`, `{.a}`, `{1: 2}`.
    fn access(&self) -> Option<(String, Vec<Edit>)> {
        let found = self.text.at(self.found?)?;
        let range = found.range.clone();
        let dot = self.before().and_then(|index| self.text.at(index)).filter(|token| token.range.end == range.start);
        let after_dot = dot.is_some_and(|token| self.text.get(token.range.clone()) == ".");
        match (self.expected, found.kind) {
            (_, Kind::Variable | Kind::Var) if after_dot => {
                let edits =
                    vec![self.text.edit(range.start..range.start, "["), self.text.edit(range.end..range.end, "]")];
                Some(("put it in brackets".into(), edits))
            }
            (Expect::Key, Kind::Symbol) if range.len() > 1 && self.found_text().starts_with('.') => {
                Some(("write the key without its dot".into(), self.edit(range.start..range.start + 1, "")?))
            }
            (Expect::Key, Kind::Number) => {
                let key = format!("\"{}\"", self.found_text());
                Some(("quote the key".into(), self.edit(range, &key)?))
            }
            _ => None,
        }
    }

    /// What else can be said of common mistakes.
    fn explain(&self, diagnostic: Diagnostic) -> Diagnostic {
        let before = self.before().map_or("", |index| self.text.token(index));
        match self.expected {
            Expect::Nothing if before == "?" => diagnostic.help("jq has no `? :`: write `if … then … else … end`"),
            Expect::CommaOrRBrace if matches!(self.found_text(), "-" | ".") => {
                diagnostic.help("quote a key that is not a plain name: `\\\"my-key\\\": 1`")
            }
            Expect::Just(":") => diagnostic.help("a computed key needs a value: `(.name): .value`"),
            _ if self.found_text() == "?//"
                || (self.found_text() == "?" && matches!(self.expected, Expect::Just("|"))) =>
            {
                diagnostic
                    .note("jq 1.8 has alternative patterns, jaq has not")
                    .help("tell the values apart: `if isarray then . as [$a] | … else . as {$a} | … end`")
            }
            _ => diagnostic,
        }
    }
}

fn expected(expected: &Expect<&str>) -> String {
    match expected {
        Expect::Just(token) => format!("`{token}`"),
        Expect::Var => "a variable".into(),
        Expect::Pattern => "a variable or pattern".into(),
        Expect::ElseOrEnd => "`elif`, `else` or `end`".into(),
        Expect::CommaOrRBrack => "`,` or `]`".into(),
        Expect::CommaOrRBrace => "`,` or `}`".into(),
        Expect::SemicolonOrRParen => "`;` or `)`".into(),
        Expect::Term => "a value".into(),
        Expect::Key => "a key".into(),
        Expect::Ident => "a name".into(),
        Expect::Arg => "a parameter".into(),
        Expect::Str => "a string".into(),
        Expect::Nothing => "an operator or the end of the program".into(),
        other => other.as_str().to_owned(),
    }
}
