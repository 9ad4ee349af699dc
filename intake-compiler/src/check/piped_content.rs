//! **What**: `${piped_content.N}` is of a command of the innermost `!pipe` that has run.
//!
//! **Why**: what later commands give is not known yet, and a pipe does not see into the one around it.
//!
//! **Example**: `${piped_content.2}` in the second command of a pipe.

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::template::Root;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, context| {
        let (Item::Variable(variable), Some(completed)) = (item, context.completed) else { return };
        let Root::PipedContent(index) = variable.path.root else { return };
        if index <= completed {
            return;
        }
        let (have_run, help) = match completed {
            0 => {
                ("no command has run".to_owned(), "only `piped_content.0`, the pipe's input, is known here".to_owned())
            }
            1 => ("one command has run".to_owned(), "known here: 0, the pipe's input, and 1".to_owned()),
            n => (format!("{n} commands have run"), format!("known here: 0, the pipe's input, and 1 to {n}")),
        };
        let message = format!("`piped_content.{index}`, but {have_run} before this one");
        sink.push(
            Diagnostic::new(Code::PipedContentOutOfRange, variable.span, message)
                .note("commands are counted from 1 in the innermost `!pipe`; a `!switch` does not count anew")
                .help(help),
        );
    });
}
