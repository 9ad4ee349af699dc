//! What the rules about variables have in common.

use crate::diagnostic::{Diagnostic, Edit, suggest};
use crate::flow::Read;
use crate::template::{Step, VariablePath};

/// A path below a root, as a manifest writes it.
pub(super) fn shown(steps: &[Step]) -> String {
    let text: String = steps.iter().map(Step::to_string).collect();
    text.strip_prefix('.').map_or_else(|| text.clone(), str::to_owned)
}

/// The name that was meant, of those that a variable can have.
pub(super) fn closest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let is_plain = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '$' | '@'));
    suggest::closest(name, known.into_iter().filter(is_plain).take(super::MOST_CANDIDATES))
}

/// Suggests another name for a step of what is read.
pub(super) fn rename(found: Diagnostic, reads: &[&Read<'_>], step: usize, meant: &str) -> Diagnostic {
    let edits = edits(reads, |path| {
        if let Some(step) = path.steps.get_mut(step) {
            *step = Step::Key(meant.to_owned());
        }
    });
    let question = format!("did you mean `{meant}`?");
    if edits.is_empty() { found.help(question) } else { found.suggest_all(question, edits) }
}

/// The edits that change the paths of variables. Of one with a default none: its text would have to be escaped anew.
pub(super) fn edits(reads: &[&Read<'_>], change: impl Fn(&mut VariablePath)) -> Vec<Edit> {
    let without_default = reads.iter().filter(|read| read.variable.default.is_none());
    let mut edits: Vec<Edit> = without_default
        .map(|read| {
            let mut path = read.variable.path.clone();
            change(&mut path);
            Edit { span: read.variable.span, replacement: format!("${{{path}}}") }
        })
        .collect();
    edits.sort_by_key(|edit| edit.span);
    edits.dedup();
    edits
}

/// `a`, `b` and `c`; of many only the first.
pub(super) fn listed(names: &[&str]) -> String {
    const MOST: usize = 5;
    let quoted: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        _ if names.len() > MOST => format!("{} and {} others", quoted.join(", "), names.len() - MOST),
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
