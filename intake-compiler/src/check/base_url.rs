//! **What**: a request with a `path` has an `api.base_url` to be joined to; the platform's own paths need none.
//!
//! **Why**: a path alone names no server.
//!
//! **Example**: a bare array of intakes in which an `!http` has a `path`.

use super::visit::{self, Item};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{Address, CommandKind, Target};
use crate::source::Span;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    if manifest.api.as_ref().is_some_and(|api| api.base_url.is_some()) {
        return;
    }
    let mut paths: Vec<Span> = Vec::new();
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        let CommandKind::Http(http) = &command.kind else { return };
        if let (Some(Address::Path(path)), true) = (&http.address, http.target != Target::ActiveCampaign) {
            paths.push(path.span);
        }
    });
    let Some((first, others)) = paths.split_first() else { return };
    let found = Diagnostic::new(Code::MissingUrl, *first, "a `path`, but no `api.base_url` to join it to")
        .label("names no server")
        .help("add `\"api\": {\"base_url\": \"https://…\"}` beside `data_intake`, or write the whole address as `url`");
    let found = others.iter().take(4).fold(found, |found, other| found.secondary(*other, "likewise"));
    sink.push(match edits(manifest) {
        Some(edits) => {
            found.mend(Applicability::Placeholder, "add an `api.base_url` that is still to be filled in", edits)
        }
        None => found,
    });
}

/// The edits that give the manifest an `api` with an address that no server can have.
fn edits(manifest: &Manifest) -> Option<Vec<Edit>> {
    const API: &str = "\"api\": { \"_comment\": \"placeholder: the address of the vendor's API belongs here\", \
                       \"base_url\": \"https://api.example.invalid\" }";
    let document = manifest.document.filter(|_| manifest.api.is_none())?;
    let insert = |at: u32, replacement: String| Edit { span: Span::at(at as usize), replacement };
    let (start, end) = (document.span.start, document.span.end);
    Some(match document.value {
        true => vec![insert(start, format!("{{\n{API},\n\"data_intake\": ")), insert(end, "\n}".to_owned())],
        false => vec![insert(start + 1, format!("\n{API},"))],
    })
}
