//! Operators.

use super::{Stop, V, site};
use crate::jq::bounds;
use jaq_core::ops::{Cmp, Math};
use jaq_json::{Num, Val};
use std::borrow::Cow;

/// `left + right`
///
/// # Errors
/// As jaq.
pub fn add<'a>(left: V<'_>, right: V<'_>) -> Result<V<'a>, Stop> {
    // What is copied anyway is copied once.
    if let (Cow::Borrowed(Val::TStr(left)), Val::TStr(right)) = (&left, &*right) {
        site()?;
        return Ok(Cow::Owned(Val::utf8_str([&***left, &***right].concat())));
    }
    run(Math::Add, left, right)
}

/// `left - right`
///
/// # Errors
/// As jaq.
pub fn sub<'a>(left: V<'_>, right: V<'_>) -> Result<V<'a>, Stop> {
    run(Math::Sub, left, right)
}

/// `left * right`
///
/// # Errors
/// As jaq.
pub fn mul<'a>(left: V<'_>, right: V<'_>) -> Result<V<'a>, Stop> {
    if !bounds::fits(&left, &right) {
        return Err(Stop::Bail);
    }
    run(Math::Mul, left, right)
}

/// `left / right`
///
/// # Errors
/// As jaq.
pub fn div<'a>(left: V<'_>, right: V<'_>) -> Result<V<'a>, Stop> {
    run(Math::Div, left, right)
}

/// `left % right`
///
/// # Errors
/// As jaq.
pub fn rem<'a>(left: V<'_>, right: V<'_>) -> Result<V<'a>, Stop> {
    run(Math::Rem, left, right)
}

fn run<'a>(math: Math, left: V<'_>, right: V<'_>) -> Result<V<'a>, Stop> {
    site()?;
    let value: Result<Val, _> = math.run(left.into_owned(), right.into_owned());
    Ok(Cow::Owned(value?))
}

/// `-value`
///
/// # Errors
/// As jaq.
pub fn negate<'a>(value: V<'_>) -> Result<V<'a>, Stop> {
    site()?;
    Ok(Cow::Owned((-value.into_owned())?))
}

macro_rules! comparisons {
    ($($name:ident $cmp:ident $doc:literal)*) => {$(
        #[doc = $doc]
        #[must_use]
        pub fn $name(left: &Val, right: &Val) -> bool {
            Cmp::$cmp.run(left, right)
        }
    )*};
}

comparisons! {
    eq Eq "`left == right`"
    ne Ne "`left != right`"
    lt Lt "`left < right`"
    le Le "`left <= right`"
    gt Gt "`left > right`"
    ge Ge "`left >= right`"
}

/// A machine's integer.
pub(super) const fn integer(value: &Val) -> Option<isize> {
    match value {
        Val::Num(Num::Int(number)) => Some(*number),
        _ => None,
    }
}
