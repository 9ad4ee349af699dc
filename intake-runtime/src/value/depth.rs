//! Depth without recursion: a filter can build values deeper than any stack.

use jaq_json::{Rc, Val};

/// Whether a value is nested at most so deep.
pub(crate) fn within_depth(value: &Val, limit: usize) -> bool {
    let mut open = vec![(value, 0_usize)];
    while let Some((value, depth)) = open.pop() {
        if depth + usize::from(is_container(value)) > limit {
            return false;
        }
        let inner = depth + 1;
        match value {
            Val::Arr(items) => open.extend(items.iter().filter(|item| is_container(item)).map(|item| (item, inner))),
            Val::Obj(entries) => {
                let both = entries.iter().flat_map(|(key, value)| [key, value]);
                open.extend(both.filter(|value| is_container(value)).map(|value| (value, inner)));
            }
            _ => {}
        }
    }
    true
}

const fn is_container(value: &Val) -> bool {
    matches!(value, Val::Arr(_) | Val::Obj(_))
}

/// Drops a value of any depth.
pub(crate) fn dismantle(value: Val) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Val::Arr(items) => open.extend(Rc::try_unwrap(items).unwrap_or_default()),
            Val::Obj(entries) => {
                let entries = Rc::try_unwrap(entries).unwrap_or_default();
                open.extend(entries.into_iter().flat_map(|(key, value)| [key, value]));
            }
            _ => {}
        }
    }
}
