//! Mistakes in a manifest's JSON, in its words and in its variables.

use crate::edit::{Mutant, shortened, transposed};
use crate::sites::{Manifest, Site, inside};
use intake_compiler::json::Kind;
use std::ops::Range;

fn containers(manifest: &Manifest) -> Vec<Site<'_>> {
    let filled = |site: &Site<'_>| match &site.node.kind {
        Kind::Array(elements) => !elements.is_empty(),
        Kind::Object(members) => !members.is_empty(),
        _ => false,
    };
    manifest.sites().into_iter().filter(filled).collect()
}

pub fn comma_missing(manifest: &Manifest) -> Vec<Mutant> {
    let ends = manifest.sites().into_iter().map(|site| site.node.span.end as usize);
    ends.filter(|end| manifest.text[*end..].starts_with(',')).map(|end| manifest.without(end..end + 1)).collect()
}

pub fn comma_trailing(manifest: &Manifest) -> Vec<Mutant> {
    let last = |site: &Site<'_>| match &site.node.kind {
        Kind::Array(elements) => elements.last().map(|last| last.span.end as usize),
        Kind::Object(members) => members.last().map(|last| last.value.span.end as usize),
        _ => None,
    };
    containers(manifest).iter().filter_map(last).map(|end| manifest.with(end..end, ",")).collect()
}

pub fn bracket_missing(manifest: &Manifest) -> Vec<Mutant> {
    let ends = containers(manifest).into_iter().map(|site| site.node.span.end as usize);
    ends.map(|end| manifest.without(end - 1..end)).collect()
}

pub fn quote_missing(manifest: &Manifest) -> Vec<Mutant> {
    let strings = manifest.sites().into_iter().filter(|site| matches!(site.node.kind, Kind::String(_)));
    strings.map(|site| manifest.without(site.node.span.end as usize - 1..site.node.span.end as usize)).collect()
}

/// The members whose keys are the language's.
fn members(manifest: &Manifest) -> Vec<(Site<'_>, Range<usize>)> {
    let sites = manifest.sites().into_iter().filter(Site::is_language);
    sites.filter_map(|site| Some((site.clone(), inside(site.member?.key.span)))).collect()
}

pub fn key_twice(manifest: &Manifest) -> Vec<Mutant> {
    let twice = |(site, key): (Site<'_>, Range<usize>)| {
        let member = key.start - 1..site.node.span.end as usize;
        let copy = format!(", {}", &manifest.text[member.clone()]);
        manifest.with(member.end..member.end, &copy)
    };
    members(manifest).into_iter().map(twice).collect()
}

fn misspelt(
    manifest: &Manifest,
    places: impl Iterator<Item = Range<usize>>,
    how: fn(&str) -> Option<String>,
) -> Vec<Mutant> {
    places.filter_map(|place| Some(manifest.with(place.clone(), &how(&manifest.text[place])?))).collect()
}

pub fn key_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, members(manifest).into_iter().map(|(_, key)| key), transposed)
}

pub fn key_shortened(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, members(manifest).into_iter().map(|(_, key)| key), shortened)
}

fn commands(manifest: &Manifest) -> Vec<(Site<'_>, Range<usize>)> {
    members(manifest).into_iter().filter(|(site, _)| site.key().starts_with('!')).collect()
}

pub fn command_without_mark(manifest: &Manifest) -> Vec<Mutant> {
    commands(manifest).into_iter().map(|(_, key)| manifest.without(key.start..key.start + 1)).collect()
}

fn words<'a>(manifest: &'a Manifest, keys: &'a [&str]) -> impl Iterator<Item = Range<usize>> + 'a {
    let is_word =
        |site: &Site<'_>| keys.contains(&site.key()) && matches!(site.node.kind, Kind::String(_)) && site.is_language();
    manifest.sites().into_iter().filter(is_word).map(|site| inside(site.node.span)).collect::<Vec<_>>().into_iter()
}

pub fn word_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(
        manifest,
        words(manifest, &["type", "scope", "method", "target", "algorithm", "import_option"]),
        transposed,
    )
}

/// Members whose absence is a mistake.
pub fn member_missing(manifest: &Manifest) -> Vec<Mutant> {
    const NEEDED: [&str; 14] = [
        "name",
        "type",
        "scope",
        "create",
        "delete",
        "request",
        "initial_setup",
        "resource_id",
        "account_id",
        "path",
        "url",
        "base_url",
        "jq",
        "cases",
    ];
    let needed = members(manifest).into_iter().filter(|(site, _)| NEEDED.contains(&site.key()));
    needed.map(|(site, key)| manifest.cut(key.start - 1..site.node.span.end as usize)).collect()
}

pub fn scheme_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    let starts = manifest.text.match_indices("\"https://").map(|(at, _)| at + 1);
    let in_auth =
        |at: &usize| manifest.text[..*at].contains("\"auth\"") && !manifest.text[..*at].contains("\"data_intake\"");
    starts.filter(|at| !in_auth(at)).map(|at| manifest.with(at..at + 5, "htps")).collect()
}

pub fn scheme_insecure(manifest: &Manifest) -> Vec<Mutant> {
    let is_url = |site: &Site<'_>| site.key() != "scopes" && manifest.get(site.node.span).starts_with("\"https://");
    let starts = manifest.sites().into_iter().filter(is_url).map(|site| site.node.span.start as usize + 1);
    starts.map(|start| manifest.with(start..start + 5, "http")).collect()
}

pub fn frequency_in_minutes(manifest: &Manifest) -> Vec<Mutant> {
    numbers(manifest, "frequency").map(|place| manifest.with(place, "5")).collect()
}

pub fn number_as_string(manifest: &Manifest) -> Vec<Mutant> {
    ["frequency", "code", "requests", "period"]
        .iter()
        .flat_map(|key| numbers(manifest, key))
        .map(|place| manifest.with(place.clone(), &format!("\"{}\"", &manifest.text[place])))
        .collect()
}

fn numbers<'a>(manifest: &'a Manifest, key: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let is_number = move |site: &Site<'_>| site.key() == key && matches!(site.node.kind, Kind::Number(_));
    manifest.sites().into_iter().filter(is_number).map(|site| site.node.span.range()).collect::<Vec<_>>().into_iter()
}

/// Two commands of a pipe in the wrong order.
pub fn commands_swapped(manifest: &Manifest) -> Vec<Mutant> {
    elements_swapped(manifest, "!pipe")
}

pub fn cases_swapped(manifest: &Manifest) -> Vec<Mutant> {
    elements_swapped(manifest, "cases")
}

fn elements_swapped(manifest: &Manifest, key: &str) -> Vec<Mutant> {
    let swapped = |site: &Site<'_>| match &site.node.kind {
        Kind::Array(elements) if site.path.last().is_some_and(|step| step == key) => {
            elements.windows(2).map(|pair| manifest.swapped(pair[0].span.range(), pair[1].span.range())).collect()
        }
        _ => Vec::new(),
    };
    manifest.sites().iter().flat_map(swapped).collect()
}

/// A command of a pipe was forgotten. Without `!respond` or `!sha` the events of `verification` answer wrongly.
pub fn command_missing(manifest: &Manifest) -> Vec<Mutant> {
    let cut = |site: &Site<'_>| match &site.node.kind {
        Kind::Array(elements) if site.key() == "!pipe" => {
            elements.iter().map(|one| manifest.cut(one.span.range())).collect()
        }
        _ => Vec::new(),
    };
    manifest.sites().iter().flat_map(cut).collect()
}

/// A parameter that reads the state is left out: what is asked for never changes, or what is kept is never used.
pub fn state_not_sent(manifest: &Manifest) -> Vec<Mutant> {
    let reads = |site: &Site<'_>| {
        let text = manifest.get(site.node.span);
        site.path.iter().any(|step| step == "params") && text.starts_with("\"${polling_state.")
    };
    let sites = manifest.sites().into_iter().filter(reads);
    sites
        .filter_map(|site| Some(manifest.cut(site.member?.key.span.start as usize..site.node.span.end as usize)))
        .collect()
}

pub fn save_scope_other(manifest: &Manifest) -> Vec<Mutant> {
    let is_save = |site: &Site<'_>| site.path.ends_with(&["!save".to_owned(), "scope".to_owned()]);
    let sites = manifest.sites().into_iter().filter(is_save);
    sites.map(|site| manifest.with(inside(site.node.span), other_scope(manifest.get(site.node.span)))).collect()
}

fn other_scope(text: &str) -> &'static str {
    if text.contains("workflow") { "connection" } else { "workflow" }
}

/// The variables, and their names split at dots: the place of each part.
fn variables(manifest: &Manifest) -> Vec<(Range<usize>, Vec<Range<usize>>)> {
    let parts = |variable: Range<usize>| {
        let inner = variable.start + 2..variable.end - 1;
        let end = manifest.text[inner.clone()].find('|').map_or(inner.end, |pipe| inner.start + pipe);
        let name = manifest.text[inner.start..end].trim_end();
        let mut parts = Vec::new();
        let mut start = 0;
        for part in name.split(['.', ':']) {
            if !part.is_empty() {
                parts.push(inner.start + start..inner.start + start + part.len());
            }
            start += part.len() + 1;
        }
        (variable, parts)
    };
    manifest.variables().into_iter().map(parts).collect()
}

pub fn root_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, variables(manifest).into_iter().map(|(_, parts)| parts[0].clone()), transposed)
}

pub fn variable_key_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    // What form fields are called, the manifest alone does not say.
    let known = |part: &Range<usize>| !manifest.text[..part.start].ends_with("custom_data.");
    let parts = variables(manifest).into_iter().flat_map(|(_, parts)| parts.into_iter().skip(1)).filter(known);
    misspelt(manifest, parts, transposed)
}

pub fn variable_scope_other(manifest: &Manifest) -> Vec<Mutant> {
    let scopes = variables(manifest).into_iter().filter(|(_, parts)| &manifest.text[parts[0].clone()] == "data");
    scopes.map(|(_, parts)| manifest.with(parts[1].clone(), other_scope(&manifest.text[parts[1].clone()]))).collect()
}

pub fn variable_unclosed(manifest: &Manifest) -> Vec<Mutant> {
    manifest.variables().into_iter().map(|variable| manifest.without(variable.end - 1..variable.end)).collect()
}

pub fn dollar_missing(manifest: &Manifest) -> Vec<Mutant> {
    manifest.variables().into_iter().map(|variable| manifest.without(variable.start..variable.start + 1)).collect()
}

pub fn piped_index_wrong(manifest: &Manifest) -> Vec<Mutant> {
    let piped =
        variables(manifest).into_iter().filter(|(_, parts)| &manifest.text[parts[0].clone()] == "piped_content");
    let shifted = |(_, parts): (_, Vec<Range<usize>>)| {
        let index: usize = manifest.text[parts[1].clone()].parse().expect("an index");
        [index + 1, index - 1].map(|other| manifest.with(parts[1].clone(), &other.to_string()))
    };
    piped.flat_map(shifted).collect()
}
