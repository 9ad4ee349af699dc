//! **What**: a note where a jq program can meet what jaq does otherwise than jq 1.8.
//!
//! **Why**: who tried the program with jq expects what that gave.
//!
//! **Example**: `{cents: (.total / 100)}`, which writes `3.0` where jq writes `3`.

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, _| {
        if let Item::Filter(program) | Item::SwitchIndex(program) = item {
            for difference in &program.differences {
                let found = Diagnostic::new(Code::JqDiffers, difference.span, difference.what);
                sink.push(found.help(difference.instead));
            }
        }
    });
}
