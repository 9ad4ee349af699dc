//! Where a manifest can be mistaken: its values with their paths, its programs and its variables.

use intake_compiler::diagnostic::Sink;
use intake_compiler::json::{self, Kind, Member, Node};
use intake_compiler::source::{Source, Span};
use std::ops::Range;

/// A manifest that is right.
pub struct Manifest {
    pub name: &'static str,
    pub text: String,
    pub document: Node,
}

/// A value, and the keys and indices that lead to it.
#[derive(Clone)]
pub struct Site<'a> {
    pub path: Vec<String>,
    pub node: &'a Node,
    /// The member whose value it is.
    pub member: Option<&'a Member>,
}

impl Site<'_> {
    /// The last key on the way that is no index.
    pub fn key(&self) -> &str {
        self.path.iter().rev().find(|step| step.parse::<usize>().is_err()).map_or("", String::as_str)
    }

    /// Whether the text is the language's, and no vendor's or reader's: there a misspelt word is a mistake.
    pub fn is_language(&self) -> bool {
        const FREE: [&str; 9] = [
            "params",
            "headers",
            "body",
            "_comment",
            "defined_fields",
            "objects",
            "workflows",
            "rate_limit",
            "configuration",
        ];
        let above = self.path.len().saturating_sub(1);
        self.path[..above].iter().all(|step| !FREE.contains(&step.as_str()))
            && self.key() != "_comment"
            && !self.is_auth_name()
    }

    fn is_auth_name(&self) -> bool {
        self.path.len() == 2 && self.path[0] == "auth"
    }
}

impl Manifest {
    pub fn new(name: &'static str, text: String) -> Self {
        let mut sink = Sink::new();
        let document = json::parse(&Source::new(name, text.as_str()), &mut sink).expect("a document");
        assert!(sink.finish().is_empty(), "{name} is no JSON");
        Self { name, text, document }
    }

    pub fn get(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// Every value, outer ones first.
    pub fn sites(&self) -> Vec<Site<'_>> {
        let mut sites = Vec::new();
        collect(Site { path: Vec::new(), node: &self.document, member: None }, &mut sites);
        sites
    }

    /// The programs, as the ranges between their quotes.
    pub fn programs(&self) -> Vec<Range<usize>> {
        let is_program =
            |site: &Site<'_>| matches!(site.key(), "!jq" | "jq") && matches!(site.node.kind, Kind::String(_));
        self.sites().iter().filter(|site| is_program(site)).map(|site| inside(site.node.span)).collect()
    }

    /// The variables: from `$` to past `}`.
    pub fn variables(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(start) = self.text[at..].find("${").map(|start| at + start) {
            let end = start + self.text[start..].find('}').expect("a closed variable") + 1;
            found.push(start..end);
            at = end;
        }
        found
    }
}

fn collect<'a>(site: Site<'a>, sites: &mut Vec<Site<'a>>) {
    sites.push(site.clone());
    let below = |step: String, node, member| {
        let path = site.path.iter().cloned().chain([step]).collect();
        Site { path, node, member }
    };
    match &site.node.kind {
        Kind::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                collect(below(index.to_string(), element, None), sites);
            }
        }
        Kind::Object(members) => {
            for member in members {
                collect(below(member.key.value.clone(), &member.value, Some(member)), sites);
            }
        }
        _ => {}
    }
}

/// What is between a literal's quotes.
pub fn inside(span: Span) -> Range<usize> {
    span.start as usize + 1..span.end as usize - 1
}
