//! What runs filters more than once.

use super::math::integer;
use super::{Flow, Sink, Stop, V, fail, site};
use crate::jq::bounds;
use crate::value::{MAX_DEPTH, guard};
use jaq_json::{Map, Num, Rc, Val, read};
use std::borrow::Cow;

/// How deep `recurse` goes before jaq, which needs no stack for it, takes over.
const DEPTH: usize = 256;

/// The label of a filter of which only the first output counts.
const FIRST: u32 = u32::MAX;

/// The number of `limit` and `skip`.
///
/// # Errors
/// Bails out on what is no integer.
pub fn count(value: &Val) -> Result<isize, Stop> {
    site()?;
    integer(value).ok_or(Stop::Bail)
}

/// `range(from; to; by)`
///
/// # Errors
/// As jaq, or what stops the consumer.
pub fn range(from: V<'_>, to: &Val, by: &Val, mut sink: impl FnMut(V<'_>) -> Flow) -> Flow {
    site()?;
    let zero = Val::from(0_usize);
    let mut from = from.into_owned();
    for left in (0..=bounds::MOST).rev() {
        let goes_on = match by.cmp(&zero) {
            std::cmp::Ordering::Greater => from < *to,
            std::cmp::Ordering::Less => from > *to,
            std::cmp::Ordering::Equal => from != *to,
        };
        if !goes_on {
            return Ok(());
        }
        if left == 0 {
            break;
        }
        // jaq computes the next before it gives the one, but reports a failure after it.
        let next = from.clone() + by.clone();
        sink(Cow::Owned(from))?;
        from = next?;
    }
    Err(Stop::Bail)
}

/// `recurse(f)`
///
/// # Errors
/// Whatever stops the filter or the consumer. Bails out where it goes deep.
pub fn recurse(value: V<'_>, filter: &dyn Fn(&Val, &mut Sink<'_>) -> Flow, sink: &mut Sink<'_>) -> Flow {
    fn at(depth: usize, value: V<'_>, filter: &dyn Fn(&Val, &mut Sink<'_>) -> Flow, sink: &mut Sink<'_>) -> Flow {
        site()?;
        if depth > DEPTH {
            return Err(Stop::Bail);
        }
        sink(Cow::Borrowed(&value))?;
        filter(&value, &mut |next| at(depth + 1, next, filter, sink))
    }
    at(0, value, filter, sink)
}

/// `sum + value`, of a sum that nobody else has.
///
/// # Errors
/// As jaq.
pub fn add_to(sum: &mut Val, value: V<'_>) -> Flow {
    site()?;
    *sum = (std::mem::take(sum) + value.into_owned())?;
    Ok(())
}

/// `.[] |= f`
///
/// # Errors
/// As jaq, or whatever stops the filter.
pub fn map_values<'a>(value: &Val, mut filter: impl FnMut(&Val, &mut Sink<'_>) -> Flow) -> Result<V<'a>, Stop> {
    site()?;
    match value {
        Val::Arr(items) => {
            let mut outputs = Vec::with_capacity(items.len());
            for item in items.iter() {
                filter(item, &mut |output| {
                    outputs.push(output.into_owned());
                    Ok(())
                })?;
            }
            Ok(super::array(outputs))
        }
        Val::Obj(entries) => {
            let mut outputs = Map::default();
            for (key, value) in entries.iter() {
                let flow = filter(value, &mut |output| {
                    outputs.insert(key.clone(), output.into_owned());
                    super::leave(FIRST)
                });
                super::land(flow, FIRST)?;
            }
            Ok(super::object(outputs))
        }
        _ => fail(),
    }
}

/// The outputs of a filter for each item of an array.
type Keys<'k> = dyn FnMut(&Val, &mut Vec<Val>) -> Flow + 'k;

fn keys_of(item: &Val, filter: &mut Keys<'_>) -> Result<Vec<Val>, Stop> {
    let mut keys = Vec::new();
    filter(item, &mut keys)?;
    Ok(keys)
}

fn items(value: &Val) -> Result<&Vec<Val>, Stop> {
    site()?;
    match value {
        Val::Arr(items) => Ok(items),
        _ => fail(),
    }
}

/// `sort_by(f)`
///
/// # Errors
/// As jaq, or whatever stops the filter.
pub fn sort_by<'a>(value: &Val, filter: &mut Keys<'_>) -> Result<V<'a>, Stop> {
    let mut items = items(value)?.clone();
    let mut stop = None;
    // This runs the filter for each item, but not for a single one.
    items.sort_by_cached_key(|item| match stop {
        Some(_) => Vec::new(),
        None => keys_of(item, filter).unwrap_or_else(|why| {
            stop = Some(why);
            Vec::new()
        }),
    });
    stop.map_or(Ok(super::array(items)), Err)
}

/// `group_by(f)`
///
/// # Errors
/// As jaq, or whatever stops the filter.
pub fn group_by<'a>(value: &Val, filter: &mut Keys<'_>) -> Result<V<'a>, Stop> {
    let keyed = items(value)?.iter().map(|item| Ok((keys_of(item, filter)?, item.clone())));
    let mut keyed: Vec<_> = keyed.collect::<Result<_, Stop>>()?;
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut groups: Vec<(Vec<Val>, Vec<Val>)> = Vec::new();
    for (key, item) in keyed {
        match groups.last_mut() {
            Some((last, group)) if *last == key => group.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    Ok(super::array(groups.into_iter().map(|(_, group)| group.into_iter().collect()).collect()))
}

/// `min_by_or_empty(f)`
///
/// # Errors
/// As jaq, or whatever stops the filter.
pub fn min_by<'a>(value: &'a Val, filter: &mut Keys<'_>) -> Result<Option<V<'a>>, Stop> {
    best(value, filter, |best, key| key < best)
}

/// `max_by_or_empty(f)`
///
/// # Errors
/// As jaq, or whatever stops the filter.
pub fn max_by<'a>(value: &'a Val, filter: &mut Keys<'_>) -> Result<Option<V<'a>>, Stop> {
    best(value, filter, |best, key| key >= best)
}

fn best<'a>(
    value: &'a Val,
    filter: &mut Keys<'_>,
    replaces: impl Fn(&[Val], &[Val]) -> bool,
) -> Result<Option<V<'a>>, Stop> {
    let mut best: Option<(Vec<Val>, &Val)> = None;
    for item in items(value)? {
        let key = keys_of(item, filter)?;
        if best.as_ref().is_none_or(|(best, _)| replaces(best, &key)) {
            best = Some((key, item));
        }
    }
    Ok(best.map(|(_, item)| Cow::Borrowed(item)))
}

/// `fromjson`
///
/// # Errors
/// As jaq, or what stops the consumer.
pub fn from_json(value: &Val, mut sink: impl FnMut(V<'_>) -> Flow) -> Flow {
    site()?;
    let Val::TStr(text) = value else { return fail() };
    if guard(text, MAX_DEPTH).is_err() {
        return fail();
    }
    for value in read::parse_many(text) {
        match value {
            Ok(value) => sink(Cow::Owned(value))?,
            Err(_) => return fail(),
        }
    }
    Ok(())
}

const _: () = {
    // What is shared by threads is counted atomically.
    const fn shared<T: Send + Sync>() {}
    shared::<Rc<Vec<Num>>>();
};
