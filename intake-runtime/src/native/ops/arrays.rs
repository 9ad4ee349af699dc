//! Arrays and objects.

use super::super::{Stop, fail, index, math::integer, path::each, site};
use super::{Output, utf8};
use jaq_json::{Map, Num, Val};

/// `has($key)`
///
/// # Errors
/// As jaq. Bails out where jaq looks for parts rather than keys.
pub fn has(value: &Val, key: &Val) -> Output {
    site()?;
    let has = match (value, key) {
        (Val::Null, _) => false,
        (Val::Obj(entries), key) => entries.contains_key(key),
        (Val::Arr(items), Val::Num(Num::Int(index))) if *index < 0 => index.unsigned_abs() <= items.len(),
        (Val::Arr(items), Val::Num(Num::Int(index))) => index.unsigned_abs() < items.len(),
        (Val::Arr(_), Val::Arr(_) | Val::Num(Num::BigInt(_))) | (Val::Arr(_) | Val::TStr(_), Val::Obj(_)) => {
            return Err(Stop::Bail);
        }
        (Val::BStr(_), _) => return Err(Stop::Bail),
        _ => return fail(),
    };
    Ok(Val::Bool(has))
}

/// `contains($other)`
///
/// # Errors
/// None.
pub fn contains(value: &Val, other: &Val) -> Output {
    site()?;
    Ok(Val::Bool(within(value, other)?))
}

fn within(value: &Val, other: &Val) -> Result<bool, Stop> {
    Ok(match (value, other) {
        (Val::TStr(left), Val::TStr(right)) => utf8(left)?.contains(utf8(right)?),
        (Val::Arr(left), Val::Arr(right)) => {
            for right in right.iter() {
                if !any(left, |left| within(left, right))? {
                    return Ok(false);
                }
            }
            true
        }
        (Val::Obj(left), Val::Obj(right)) => {
            for (key, right) in right.iter() {
                match left.get(key) {
                    Some(left) if within(left, right)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Val::BStr(_), Val::BStr(_)) => return Err(Stop::Bail),
        (left, right) => left == right,
    })
}

fn any(items: &[Val], mut is: impl FnMut(&Val) -> Result<bool, Stop>) -> Result<bool, Stop> {
    for item in items {
        if is(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `indices($other)`
///
/// # Errors
/// As jaq.
pub fn indices(value: &Val, other: &Val) -> Output {
    site()?;
    let found = |indices: &mut dyn Iterator<Item = usize>| Ok(indices.map(Val::from).collect());
    match (value, other) {
        (Val::TStr(text), Val::TStr(part)) => {
            let (text, part) = (utf8(text)?, utf8(part)?);
            if part.is_empty() {
                return found(&mut std::iter::empty());
            }
            let starts = text.char_indices().enumerate().filter(|(_, (at, _))| text[*at..].starts_with(part));
            found(&mut starts.map(|(index, _)| index))
        }
        (Val::Arr(_), Val::Arr(part)) if part.is_empty() => found(&mut std::iter::empty()),
        (Val::Arr(items), Val::Arr(part)) => {
            let windows = items.windows(part.len()).enumerate().filter(|(_, window)| *window == part.as_slice());
            found(&mut windows.map(|(index, _)| index))
        }
        (Val::Arr(items), item) => {
            let same = items.iter().enumerate().filter(|(_, other)| *other == item);
            found(&mut same.map(|(index, _)| index))
        }
        (Val::BStr(_), _) => Err(Stop::Bail),
        _ => fail(),
    }
}

/// `bsearch($item)`
///
/// # Errors
/// As jaq.
pub fn bsearch(value: &Val, item: &Val) -> Output {
    site()?;
    let Val::Arr(items) = value else { return fail() };
    let index = match items.binary_search(item) {
        Ok(index) => index.cast_signed(),
        Err(index) => -1 - index.cast_signed(),
    };
    Ok(index.into())
}

/// `keys_unsorted`
///
/// # Errors
/// As jaq.
pub fn keys_unsorted(value: &Val) -> Output {
    site()?;
    match value {
        Val::Arr(items) => Ok((0..items.len()).map(Val::from).collect()),
        Val::Obj(entries) => Ok(entries.keys().cloned().collect()),
        _ => fail(),
    }
}

/// `keys`
///
/// # Errors
/// As jaq.
pub fn keys(value: &Val) -> Output {
    sort(&keys_unsorted(value)?)
}

/// Keys and values, each made into one item.
fn entries(value: &Val, item: impl Fn(Val, Val) -> Val) -> Output {
    site()?;
    match value {
        Val::Arr(items) => Ok(items.iter().enumerate().map(|(key, value)| item(key.into(), value.clone())).collect()),
        Val::Obj(entries) => Ok(entries.iter().map(|(key, value)| item(key.clone(), value.clone())).collect()),
        _ => fail(),
    }
}

/// `key_values`
///
/// # Errors
/// As jaq.
pub fn key_values(value: &Val) -> Output {
    entries(value, |key, value| [key, value].into_iter().collect())
}

/// `to_entries`
///
/// # Errors
/// As jaq.
pub fn to_entries(value: &Val) -> Output {
    let names = [Val::utf8_str("key"), Val::utf8_str("value")];
    entries(value, |key, value| Val::obj(names.iter().cloned().zip([key, value]).collect()))
}

/// `from_entries`
///
/// # Errors
/// As jaq.
pub fn from_entries(value: &Val) -> Output {
    site()?;
    let (key, content) = (Val::utf8_str("key"), Val::utf8_str("value"));
    let mut entries = Map::default();
    each(value, |item| {
        let (key, content) = (index(item, &key)?.into_owned(), index(item, &content)?.into_owned());
        entries.insert(key, content);
        Ok(())
    })?;
    Ok(Val::obj(entries))
}

/// `reverse`
///
/// # Errors
/// As jaq.
pub fn reverse(value: &Val) -> Output {
    site()?;
    match value {
        Val::Arr(items) => Ok(items.iter().rev().cloned().collect()),
        _ => fail(),
    }
}

/// `sort`
///
/// # Errors
/// As jaq.
pub fn sort(value: &Val) -> Output {
    site()?;
    let Val::Arr(items) = value else { return fail() };
    let mut items = (**items).clone();
    items.sort();
    Ok(items.into_iter().collect())
}

/// `flatten`
///
/// # Errors
/// None.
pub fn flatten(value: &Val) -> Output {
    fn into(value: &Val, all: &mut Vec<Val>) {
        match value {
            Val::Arr(items) => items.iter().for_each(|item| into(item, all)),
            other => all.push(other.clone()),
        }
    }
    site()?;
    let mut all = Vec::new();
    into(value, &mut all);
    Ok(all.into_iter().collect())
}

/// `flatten($depth)`: the sum of the items, which of none is null.
///
/// # Errors
/// As jaq. Bails out on a depth that is no integer.
pub fn flatten_by(value: &Val, depth: &Val) -> Output {
    fn by(value: &Val, depth: isize) -> Output {
        if depth <= 0 {
            return Ok(value.clone());
        }
        let mut sum = Val::Null;
        each(value, |item| {
            let flat = match item {
                Val::Arr(_) => by(item, depth - 1)?,
                other => [other.clone()].into_iter().collect(),
            };
            sum = (std::mem::take(&mut sum) + flat)?;
            Ok(())
        })?;
        Ok(sum)
    }
    site()?;
    by(value, integer(depth).ok_or(Stop::Bail)?)
}
