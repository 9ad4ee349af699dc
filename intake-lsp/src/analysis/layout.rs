//! A manifest in its one layout.

use super::File;
use crate::positions::floor;
use intake_compiler::diagnostic::Edit;
use intake_compiler::fmt::format;
use intake_compiler::source::Span;

/// The edit that lays a manifest out, as small as one edit can be; `None` if its JSON is wrong, which is reported, or
/// if there is nothing to do.
#[must_use]
pub fn lay_out(file: &File) -> Option<Edit> {
    changed(file.text(), &format(&file.source).ok()?)
}

/// The edit that makes `new` of `old`: what both begin and end with stays, and with it the editor's cursor.
fn changed(old: &str, new: &str) -> Option<Edit> {
    if old == new {
        return None;
    }
    let same = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(a, b)| a == b).count();
    let start = floor(old, same(&mut old.bytes().zip(new.bytes())));
    let end = same(&mut old[start..].bytes().rev().zip(new[start..].bytes().rev()));
    // Both have the same bytes there, so a character of one starts where one of the other does.
    let end = (0..=end).rev().find(|end| old.is_char_boundary(old.len() - end)).unwrap_or(0);
    let replacement = new[start..new.len() - end].to_owned();
    Some(Edit { span: Span::new(start, old.len() - end), replacement })
}

#[cfg(test)]
mod tests {
    use super::changed;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_edit_makes_the_new_text(old in "[aé😀 \n]{0,12}", new in "[aé😀è \n]{0,12}") {
            let mut text = old.clone();
            if let Some(edit) = changed(&old, &new) {
                text.replace_range(edit.span.range(), &edit.replacement);
            }
            prop_assert_eq!(text, new);
        }
    }
}
