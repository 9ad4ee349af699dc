//! Every rule of the emitter of programs over bytes is used by `filters.jq`, and every reason to refuse is given: each
//! `quote!` of its source is found in the code of a filter, each refusal in what is said of one that is not projected.

use intake_compiler::compile::{Document, projection};
use intake_compiler::jq::native::ir::{Node, NodeKind};
use jq_test::{FILTERS, text};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::Path;

/// The source of the emitter.
fn source() -> Vec<(String, TokenStream)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../intake-compiler/src/codegen/projection");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read = |path: &Path| std::fs::read_to_string(path).unwrap().parse().unwrap();
    files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), read(&path))).collect()
}

/// A part of a template of `quote!`.
#[derive(Clone, Debug)]
enum Part {
    Token(String),
    /// `#name`, the same wherever it stands in a template; `#(…)*` has no name.
    Hole(Option<String>),
}

fn brackets(group: &Group) -> [String; 2] {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    };
    [open.to_owned(), close.to_owned()]
}

fn template(tokens: TokenStream, parts: &mut Vec<Part>) {
    let mut tokens = tokens.into_iter().peekable();
    let is = |tree: &TokenTree, char| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == char);
    while let Some(tree) = tokens.next() {
        match (&tree, tokens.peek()) {
            (hash, Some(TokenTree::Ident(name))) if is(hash, '#') => {
                parts.push(Part::Hole(Some(name.to_string())));
                tokens.next();
            }
            (hash, Some(TokenTree::Group(_))) if is(hash, '#') => {
                parts.push(Part::Hole(None));
                tokens.by_ref().take_while(|tree| !is(tree, '*')).for_each(drop);
            }
            (TokenTree::Group(group), _) => {
                let [open, close] = brackets(group);
                parts.push(Part::Token(open));
                template(group.stream(), parts);
                parts.push(Part::Token(close));
            }
            (other, _) => parts.push(Part::Token(other.to_string())),
        }
    }
}

/// What every `quote!` of a source writes.
fn templates(tokens: TokenStream, found: &mut Vec<Vec<Part>>) {
    let trees: Vec<_> = tokens.into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        let TokenTree::Group(group) = tree else { continue };
        let name = at.checked_sub(2).map(|at| trees[at].to_string());
        if name.as_deref() != Some("quote") {
            templates(group.stream(), found);
            continue;
        }
        let mut parts = Vec::new();
        template(group.stream(), &mut parts);
        // What is at the ends matches anything.
        let token = |part: &Part| matches!(part, Part::Token(_));
        let (first, last) = (parts.iter().position(token), parts.iter().rposition(token));
        if let (Some(first), Some(last)) = (first, last) {
            found.push(parts[first..=last].to_vec());
        }
    }
}

/// Tokens in a row, and for each bracket that opens where it is closed.
#[derive(Default)]
struct Code {
    tokens: Vec<String>,
    ends: Vec<usize>,
}

impl Code {
    fn push(&mut self, tokens: TokenStream) {
        for tree in tokens {
            let TokenTree::Group(group) = &tree else {
                self.tokens.push(tree.to_string());
                self.ends.push(self.tokens.len());
                continue;
            };
            let ([open, close], at) = (brackets(group), self.tokens.len());
            self.tokens.push(open);
            self.ends.push(0);
            self.push(group.stream());
            self.tokens.push(close);
            // A bracket that closes ends what is in it.
            self.ends.push(usize::MAX);
            self.ends[at] = self.tokens.len();
        }
    }

    fn has(&self, template: &[Part]) -> bool {
        (0..self.tokens.len()).any(|at| self.matches(template, at, &mut Vec::new()))
    }

    fn matches<'a>(&'a self, template: &[Part], at: usize, bound: &mut Vec<(String, &'a [String])>) -> bool {
        match template.split_first() {
            None => true,
            Some((Part::Token(token), rest)) => self.tokens.get(at) == Some(token) && self.matches(rest, at + 1, bound),
            Some((Part::Hole(name), rest)) => {
                let known = bound.iter().find(|(known, _)| Some(known) == name.as_ref()).map(|(_, tokens)| *tokens);
                if let Some(known) = known {
                    return self.tokens[at..].starts_with(known) && self.matches(rest, at + known.len(), bound);
                }
                let mut end = at;
                loop {
                    let before = bound.len();
                    bound.extend(name.clone().map(|name| (name, &self.tokens[at..end])));
                    if self.matches(rest, end, bound) {
                        return true;
                    }
                    bound.truncate(before);
                    match self.ends.get(end) {
                        Some(&next) if next != usize::MAX => end = next,
                        _ => return false,
                    }
                }
            }
        }
    }
}

/// The code of each filter that is projected; of each other why it is not.
fn filters() -> (Vec<Code>, Vec<String>) {
    let (mut code, mut refused) = (Vec::new(), Vec::new());
    for filter in FILTERS {
        let program = text::parse(filter.text).unwrap();
        match program.native.and_then(|native| projection(&native, Document::Response)) {
            Ok(tokens) => {
                let mut row = Code::default();
                row.push(tokens);
                code.push(row);
            }
            Err(unsupported) => refused.push(unsupported.reason),
        }
    }
    (code, refused)
}

fn shown(template: &[Part]) -> String {
    let parts = template.iter().map(|part| match part {
        Part::Token(token) => token.clone(),
        Part::Hole(name) => format!("#{}", name.as_deref().unwrap_or("(…)")),
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_template_is_used() {
    let (code, _) = filters();
    let mut unused = Vec::new();
    let mut count = 0;
    for (file, tokens) in source() {
        let mut found = Vec::new();
        templates(tokens, &mut found);
        count += found.len();
        let found = found.iter().filter(|template| !code.iter().any(|code| code.has(template)));
        unused.extend(found.map(|template| format!("{file}: {}", shown(template))));
    }
    assert!(count > 60, "there are {count} templates only");
    assert!(unused.is_empty(), "no filter of filters.jq uses\n{}", unused.join("\n"));
}

/// The texts of refusals: the string in each `refuse(…)` and after each `what:`.
fn refusals(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let trees: Vec<_> = tokens.into_iter().collect();
    let text = |tree: &TokenTree| match tree {
        TokenTree::Literal(literal) => Some(literal.to_string().trim_matches('"').to_owned()),
        _ => None,
    };
    for (at, tree) in trees.iter().enumerate() {
        let before = |steps: usize| at.checked_sub(steps).map(|at| trees[at].to_string()).unwrap_or_default();
        match tree {
            TokenTree::Group(group) if before(1) == "refuse" => {
                found.extend(group.stream().into_iter().filter_map(|tree| text(&tree)))
            }
            TokenTree::Group(group) => refusals(group.stream(), found),
            _ if before(2) == "what" && before(1) == ":" => found.extend(text(tree)),
            _ => {}
        }
    }
}

#[test]
fn every_refusal_is_given() {
    let (_, refused) = filters();
    let mut found = BTreeSet::new();
    source().into_iter().for_each(|(_, tokens)| refusals(tokens, &mut found));
    assert!(found.len() > 10, "{found:?}");
    // The first is tried and then emitted in another way; the second is there because a map may lack what it has.
    let inner = ["what is outside of the elements", "this variable"];
    found.retain(|text| {
        !inner.contains(&text.as_str()) && !refused.iter().any(|reason| reason.starts_with(text.as_str()))
    });
    assert!(found.is_empty(), "no filter of filters.jq is refused for\n{found:#?}");
}

fn constructs(node: &Node, found: &mut BTreeSet<String>) {
    let debug = format!("{:?}", node.kind);
    found.insert(match &node.kind {
        NodeKind::Call(op, _) => op.name.to_owned(),
        NodeKind::Math(_, math, _) => math.as_str().to_owned(),
        NodeKind::Compare(_, cmp, _) => cmp.as_str().to_owned(),
        _ => debug.chars().take_while(|char| char.is_ascii_alphanumeric()).collect(),
    });
    node.parts().into_iter().for_each(|part| constructs(part, found));
}

/// Rules that only hand on what others emit have no tokens of their own.
#[test]
fn every_construct_is_used() {
    let mut found = BTreeSet::new();
    for filter in FILTERS.iter().filter(|filter| filter.run.is_some()) {
        constructs(&text::parse(filter.text).unwrap().native.unwrap().root, &mut found);
    }
    let kinds = [
        "Input",
        "Constant",
        "Variable",
        "Path",
        "Pipe",
        "Bind",
        "Empty",
        "Comma",
        "If",
        "Object",
        "Array",
        "Text",
        "Negate",
        "Logic",
        "Alternative",
    ];
    let operators = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">="];
    let functions = [
        "length",
        "not",
        "type",
        "isboolean",
        "isnumber",
        "isstring",
        "isarray",
        "isobject",
        "startswith",
        "endswith",
        "tostring",
        "@text",
        "join",
    ];
    let unused = kinds.into_iter().chain(operators).chain(functions).filter(|name| !found.contains(*name));
    let unused: Vec<_> = unused.collect();
    assert!(unused.is_empty(), "no filter of filters.jq has {unused:?}");
}
