//! **What**: a `!pipe` has commands and a `!switch` has cases.
//!
//! **Why**: an empty pipe does nothing, and no index can choose from no cases.
//!
//! **Example**: `{"!pipe": []}`

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::CommandKind;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        match &command.kind {
            CommandKind::Pipe(commands) if commands.is_empty() => sink.push(
                Diagnostic::new(Code::EmptyPipe, command.key, "a `!pipe` without commands")
                    .label("does nothing")
                    .help("put commands into it, or remove it"),
            ),
            CommandKind::Switch { cases, .. } if cases.is_empty() => sink.push(
                Diagnostic::new(Code::EmptySwitch, command.key, "a `!switch` without cases")
                    .label("has nothing to choose from")
                    .help("put a command for each index into `cases`"),
            ),
            _ => {}
        }
    });
}
