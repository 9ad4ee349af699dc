//! **What**: a request with a `path` has an `api.base_url` to be joined to; the platform's own paths need none.
//!
//! **Why**: a path alone names no server.
//!
//! **Example**: a bare array of intakes in which an `!http` has a `path`.

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
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
    sink.push(others.iter().take(4).fold(found, |found, other| found.secondary(*other, "likewise")));
}
