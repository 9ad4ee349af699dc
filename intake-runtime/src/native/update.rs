//! `|=`, `=` and the like.

use super::{Flow, Sink, Stop, fail, land, leave, site};
use jaq_json::{Map, Num, Rc, Val};

/// A step to what is changed, and whether its errors are dropped.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// `[index]`
    Index(&'a Val, bool),
    /// `[]`
    Each(bool),
}

/// What a part is changed to.
type Filter<'f> = dyn FnMut(&Val, &mut Sink<'_>) -> Flow + 'f;

/// The label of a filter of which only the first output counts.
const FIRST: u32 = u32::MAX;

/// Changes what is at the end of the steps.
///
/// # Errors
/// As jaq, or whatever stops the filter.
pub fn update(value: &mut Val, steps: &[Step<'_>], filter: &mut Filter<'_>) -> Flow {
    site()?;
    match steps.split_first() {
        Some((Step::Each(optional), rest)) => each(value, *optional, rest, filter),
        Some((Step::Index(index, optional), rest)) => match (&*value, index) {
            (Val::Obj(_), key) => entry(value, key, rest, filter),
            // An index that is an object is a slice.
            (Val::Arr(_) | Val::TStr(_) | Val::BStr(_), Val::Obj(_)) | (_, Val::Num(Num::BigInt(_))) => Err(Stop::Bail),
            (Val::Arr(_), index) => item(value, index, *optional, rest, filter),
            _ => missed(*optional),
        },
        None => Err(Stop::Bail),
    }
}

/// A step that leads nowhere.
fn missed(optional: bool) -> Flow {
    if optional { Ok(()) } else { fail() }
}

/// The first output.
fn first(value: &Val, filter: &mut Filter<'_>) -> Result<Option<Val>, Stop> {
    let mut first = None;
    let flow = filter(value, &mut |output| {
        first = Some(output.into_owned());
        leave(FIRST)
    });
    land(flow, FIRST)?;
    Ok(first)
}

fn each(value: &mut Val, optional: bool, rest: &[Step<'_>], filter: &mut Filter<'_>) -> Flow {
    match value {
        Val::Arr(items) if rest.is_empty() => {
            let mut outputs = Vec::with_capacity(items.len());
            for item in items.iter() {
                filter(item, &mut |output| {
                    outputs.push(output.into_owned());
                    Ok(())
                })?;
            }
            *value = outputs.into_iter().collect();
            Ok(())
        }
        Val::Arr(items) => Rc::make_mut(items).iter_mut().try_for_each(|item| update(item, rest, filter)),
        Val::Obj(entries) if rest.is_empty() => {
            let mut outputs = Map::default();
            for (key, value) in entries.iter() {
                if let Some(output) = first(value, filter)? {
                    outputs.insert(key.clone(), output);
                }
            }
            *value = Val::obj(outputs);
            Ok(())
        }
        Val::Obj(entries) => Rc::make_mut(entries).values_mut().try_for_each(|value| update(value, rest, filter)),
        _ => missed(optional),
    }
}

fn entry(value: &mut Val, key: &Val, rest: &[Step<'_>], filter: &mut Filter<'_>) -> Flow {
    let Val::Obj(entries) = value else { return Err(Stop::Bail) };
    let entries = Rc::make_mut(entries);
    let mut content = entries.get_mut(key).map(std::mem::take);
    let changed = if rest.is_empty() {
        first(content.as_ref().unwrap_or(&Val::Null), filter)?
    } else {
        let mut content = content.take().unwrap_or_default();
        update(&mut content, rest, filter)?;
        Some(content)
    };
    match changed {
        Some(changed) => _ = entries.insert(key.clone(), changed),
        // As in jaq, the last entry takes its place.
        None => _ = entries.swap_remove(key),
    }
    Ok(())
}

fn item(value: &mut Val, index: &Val, optional: bool, rest: &[Step<'_>], filter: &mut Filter<'_>) -> Flow {
    let Val::Arr(items) = value else { return Err(Stop::Bail) };
    let Val::Num(Num::Int(index)) = index else { return missed(optional) };
    let at = if *index < 0 { items.len().checked_sub(index.unsigned_abs()) } else { usize::try_from(*index).ok() };
    let Some(at) = at.filter(|at| *at < items.len()) else { return missed(optional) };
    let items = Rc::make_mut(items);
    if !rest.is_empty() {
        return update(&mut items[at], rest, filter);
    }
    match first(&items[at], filter)? {
        Some(changed) => items[at] = changed,
        None => _ = items.remove(at),
    }
    Ok(())
}
