//! Diagnostics as text, the way rustc shows them. Only this module knows the renderer.

use super::Diagnostic;
use crate::source::Source;

/// Whether to colour the output with ANSI codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Never,
    /// ANSI colours.
    Always,
}

/// One diagnostic as rustc would show it, with its `error[IN0101]: ` title line.
#[must_use]
pub fn render(source: &Source, diagnostic: &Diagnostic, color: Color) -> String {
    let _ = (source, diagnostic, color);
    String::new()
}

/// The same for `compile_error!`, which puts its own `error: ` before it: plain, the title starts with the message.
#[must_use]
pub fn render_for_rustc(source: &Source, diagnostic: &Diagnostic) -> String {
    let _ = (source, diagnostic);
    String::new()
}
