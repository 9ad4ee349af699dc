//! Steps of paths.

use super::{Flow, Stop, V, site};
use jaq_core::ValT;
use jaq_json::{Num, Val};
use std::borrow::Cow;

/// `.[index]`
///
/// # Errors
/// As jaq.
pub fn index<'a>(value: &'a Val, index: &Val) -> Result<V<'a>, Stop> {
    site()?;
    let found = match (value, index) {
        (Val::Null, _) => None,
        (Val::Obj(object), key) => object.get(key),
        (Val::Arr(items), Val::Num(Num::Int(at))) => {
            let at = if *at < 0 { items.len().checked_sub(at.unsigned_abs()) } else { usize::try_from(*at).ok() };
            at.and_then(|at| items.get(at))
        }
        _ => return Ok(Cow::Owned(value.clone().index(index)?)),
    };
    Ok(found.map_or(Cow::Owned(Val::Null), Cow::Borrowed))
}

/// `.[from:to]`
///
/// # Errors
/// As jaq.
pub fn slice<'a>(value: &Val, from: Option<&Val>, to: Option<&Val>) -> Result<V<'a>, Stop> {
    site()?;
    Ok(Cow::Owned(value.clone().range(from..to)?))
}

/// `.[]`
///
/// # Errors
/// As jaq, or what stops the consumer.
pub fn each<'a>(value: &'a Val, sink: impl FnMut(&'a Val) -> Flow) -> Flow {
    site()?;
    match value {
        Val::Arr(items) => items.iter().try_for_each(sink),
        Val::Obj(entries) => entries.values().try_for_each(sink),
        other => match other.clone().values().next() {
            Some(Err(error)) => Err(error.into()),
            _ => Err(Stop::Bail),
        },
    }
}

/// `.[]?`
///
/// # Errors
/// What stops the consumer.
pub fn each_or_none<'a>(value: &'a Val, sink: impl FnMut(&'a Val) -> Flow) -> Flow {
    match value {
        Val::Arr(_) | Val::Obj(_) => each(value, sink),
        _ => site(),
    }
}
