//! An OpenAPI document (3.1, and 3.0 where it is the same): which request is answered what.

use super::schema::{Report, Schemas, get, member, resolve, text};
use crate::json::{Kind, Node};
use crate::manifest::model::{Address, Http};
use crate::shape::Shape;
use crate::template::{Part, Template};

/// The responses of an API.
#[derive(Clone, Debug)]
pub(super) struct Document {
    operations: Vec<Operation>,
    /// The paths of its servers.
    servers: Vec<Vec<String>>,
}

#[derive(Clone, Debug)]
struct Operation {
    /// In upper case.
    method: String,
    path: Vec<Segment>,
    response: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// `{id}`, or a `${…}` in a request.
    Any,
}

impl Document {
    pub(super) fn new(document: Node, file: u32, report: &mut Report<'_>) -> Option<Self> {
        let Some(Kind::Object(paths)) = member(&document, "paths").map(|node| &node.kind) else {
            report(document.opening(), "an OpenAPI document has `paths`".to_owned());
            return None;
        };
        let mut schemas = Schemas::new(&document, file);
        let mut operations = Vec::new();
        for path in paths {
            let Kind::Object(methods) = &path.value.kind else { continue };
            let segments: Vec<Segment> = segments(&path.key.value).map(of_pattern).collect();
            for method in methods {
                let Some(schema) = answered(&document, &method.value) else { continue };
                let response = schemas.shape(schema, report);
                let method = method.key.value.to_ascii_uppercase();
                operations.push(Operation { method, path: segments.clone(), response });
            }
        }
        let servers = match member(&document, "servers").map(|node| &node.kind) {
            Some(Kind::Array(servers)) => servers
                .iter()
                .filter_map(|server| text(member(server, "url")?))
                .map(|url| segments(path_of(url)).map(str::to_owned).collect())
                .collect(),
            _ => Vec::new(),
        };
        Some(Self { operations, servers })
    }

    /// What a request is answered, if the document has it.
    pub(super) fn response(&self, http: &Http, base_url: Option<&Template>) -> Option<Shape> {
        let paths = self.paths(http.address.as_ref()?, base_url)?;
        let method = http.method.as_str();
        let mut found: Option<(usize, &Operation)> = None;
        for operation in self.operations.iter().filter(|operation| operation.method == method) {
            let literals = operation.path.iter().filter(|segment| matches!(segment, Segment::Literal(_))).count();
            let better = found.is_none_or(|(most, _)| literals > most);
            if better && paths.iter().any(|path| matches(&operation.path, path)) {
                found = Some((literals, operation));
            }
        }
        found.map(|(_, operation)| operation.response.clone())
    }

    /// The path of a request as the document may write it: with or without that of its server.
    fn paths(&self, address: &Address, base_url: Option<&Template>) -> Option<Vec<Vec<Segment>>> {
        let own = of_request(address.template())?;
        let mut paths = vec![own.clone()];
        if let (Address::Path(_), Some(base)) = (address, base_url.and_then(of_request)) {
            paths.push(base.into_iter().chain(own).collect());
        }
        for server in &self.servers {
            let prefix: Vec<Segment> = server.iter().cloned().map(Segment::Literal).collect();
            let below: Vec<_> =
                paths.iter().filter_map(|path| path.strip_prefix(prefix.as_slice())).map(<[_]>::to_vec).collect();
            paths.extend(below);
        }
        Some(paths)
    }
}

/// The schema of what an operation is answered if all is well.
fn answered<'d>(document: &'d Node, operation: &'d Node) -> Option<&'d Node> {
    let Kind::Object(responses) = &member(operation, "responses")?.kind else { return None };
    let is_success = |status: &str| status.len() == 3 && status.starts_with('2');
    let mut success = responses.iter().filter(|response| is_success(&response.key.value));
    let response = success.next().map(|response| &response.value).or_else(|| get(responses, "default"))?;
    let response = match member(response, "$ref").and_then(text) {
        Some(reference) => resolve(document, reference)?,
        None => response,
    };
    let Kind::Object(content) = &member(response, "content")?.kind else { return None };
    let is_json = |media: &str| {
        let media = media.split(';').next().unwrap_or_default().trim();
        media == "application/json" || media.ends_with("+json")
    };
    let media = content.iter().find(|media| is_json(&media.key.value))?;
    member(&media.value, "schema")
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn of_pattern(segment: &str) -> Segment {
    if segment.contains('{') { Segment::Any } else { Segment::Literal(segment.to_owned()) }
}

/// The path of a URL, or of a path.
fn path_of(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url,
    }
}

/// The path of a request; `None` if a variable may hold any of it.
fn of_request(template: &Template) -> Option<Vec<Segment>> {
    /// What stands for a variable: no URL holds it.
    const VARIABLE: char = '\u{0}';
    let mut url = String::new();
    for part in &template.parts {
        match part {
            Part::Text(text) => url.push_str(&text.value),
            Part::Variable(_) if url.is_empty() => return None,
            Part::Variable(_) => url.push(VARIABLE),
        }
    }
    let of = |segment: &str| {
        if segment.contains(VARIABLE) { Segment::Any } else { Segment::Literal(segment.to_owned()) }
    };
    Some(segments(path_of(&url)).map(of).collect())
}

/// Whether a request has a path: a variable can stand for a parameter only.
fn matches(pattern: &[Segment], path: &[Segment]) -> bool {
    let one = |(pattern, segment): (&Segment, &Segment)| *pattern == Segment::Any || pattern == segment;
    pattern.len() == path.len() && pattern.iter().zip(path).all(one)
}
