//! Functions of a value, and perhaps of another.

mod arrays;
mod strings;

pub use arrays::{
    bsearch, contains, flatten, flatten_by, from_entries, has, indices, key_values, keys, keys_unsorted, reverse, sort,
    to_entries,
};
pub use strings::{
    ascii_downcase, ascii_upcase, encode_base64, encode_uri, endswith, escape_html, escape_sh, explode, implode, join,
    ltrim, ltrimstr, rtrim, rtrimstr, split, startswith, trim, utf8bytelength,
};

use super::{Stop, fail, site};
use crate::value::{MAX_DEPTH, guard};
use jaq_core::ValT;
use jaq_json::{Num, Val, read, write};

/// What these give: an output, or why there is none.
pub type Output = Result<Val, Stop>;

/// `tostring`
///
/// # Errors
/// None.
pub fn tostring(value: &Val) -> Output {
    site()?;
    Ok(value.clone().into_string())
}

/// `tojson`
///
/// # Errors
/// None.
pub fn tojson(value: &Val) -> Output {
    site()?;
    let mut json = Vec::new();
    write::write(&mut json, &write::Pp::default(), 0, value).map_err(|_| Stop::Bail)?;
    Ok(Val::utf8_str(json))
}

/// `tonumber`
///
/// # Errors
/// If it is no number. Bails out on a text of none or several.
pub fn tonumber(value: &Val) -> Output {
    scalar_in(value, |value| matches!(value, Val::Num(_)))
}

/// `toboolean`
///
/// # Errors
/// If it is no boolean. Bails out on a text of none or several.
pub fn toboolean(value: &Val) -> Output {
    scalar_in(value, |value| matches!(value, Val::Bool(_)))
}

/// A scalar, or the scalar that a text is.
fn scalar_in(value: &Val, is: fn(&Val) -> bool) -> Output {
    site()?;
    if is(value) {
        return Ok(value.clone());
    }
    let Val::TStr(text) = value else { return fail() };
    if guard(text, MAX_DEPTH).is_err() {
        return fail();
    }
    let mut values = read::parse_many(text);
    match (values.next(), values.next()) {
        (Some(Ok(value)), None) if is(&value) => Ok(value),
        (Some(Ok(value)), Some(_)) if is(&value) => Err(Stop::Bail),
        (Some(_), _) => fail(),
        (None, _) => Err(Stop::Bail),
    }
}

/// `type`
///
/// # Errors
/// None.
pub fn type_name(value: &Val) -> Output {
    site()?;
    let name = match value {
        Val::Null => "null",
        Val::Bool(_) => "boolean",
        Val::Num(_) => "number",
        Val::BStr(_) | Val::TStr(_) => "string",
        Val::Arr(_) => "array",
        Val::Obj(_) => "object",
    };
    Ok(Val::utf8_str(name))
}

macro_rules! questions {
    ($($name:ident $pattern:pat, $doc:literal)*) => {$(
        #[doc = $doc]
        ///
        /// # Errors
        /// None.
        pub fn $name(value: &Val) -> Output {
            site()?;
            Ok(Val::Bool(matches!(value, $pattern)))
        }
    )*};
}

questions! {
    is_boolean Val::Bool(_), "`isboolean`"
    is_number Val::Num(_), "`isnumber`"
    is_string Val::TStr(_) | Val::BStr(_), "`isstring`"
    is_array Val::Arr(_), "`isarray`"
    is_object Val::Obj(_), "`isobject`"
    not Val::Null | Val::Bool(false), "`not`"
}

/// `length`
///
/// # Errors
/// As jaq. Bails out on numbers that are no machine's.
pub fn length(value: &Val) -> Output {
    site()?;
    let length = match value {
        Val::Null => 0,
        Val::TStr(text) => utf8(text)?.chars().count(),
        Val::Arr(items) => items.len(),
        Val::Obj(entries) => entries.len(),
        Val::Num(Num::Int(number)) => return number.checked_abs().map_or(Err(Stop::Bail), |number| Ok(number.into())),
        Val::Num(Num::Float(number)) => return Ok(number.abs().into()),
        Val::Bool(_) => return fail(),
        Val::Num(_) | Val::BStr(_) => return Err(Stop::Bail),
    };
    Ok(length.into())
}

/// `floor`
///
/// # Errors
/// As jaq.
pub fn floor(value: &Val) -> Output {
    rounded(value, f64::floor)
}

/// `round`
///
/// # Errors
/// As jaq.
pub fn round(value: &Val) -> Output {
    rounded(value, f64::round)
}

/// `ceil`
///
/// # Errors
/// As jaq.
pub fn ceil(value: &Val) -> Output {
    rounded(value, f64::ceil)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "the bounds are jaq's")]
fn rounded(value: &Val, round: fn(f64) -> f64) -> Output {
    site()?;
    if let Val::Num(Num::Int(_) | Num::BigInt(_)) = value {
        return Ok(value.clone());
    }
    let number = round(float(value)?);
    if !number.is_finite() {
        return Ok(number.into());
    }
    if (isize::MIN as f64) <= number && number <= isize::MAX as f64 {
        return Ok((number as isize).into());
    }
    Ok(Val::from_num(&format!("{number:.0}"))?)
}

/// `fabs`
///
/// # Errors
/// As jaq.
pub fn fabs(value: &Val) -> Output {
    site()?;
    Ok(float(value)?.abs().into())
}

/// `trunc`
///
/// # Errors
/// As jaq.
pub fn trunc(value: &Val) -> Output {
    site()?;
    Ok(float(value)?.trunc().into())
}

/// `sqrt`
///
/// # Errors
/// As jaq.
pub fn sqrt(value: &Val) -> Output {
    site()?;
    Ok(float(value)?.sqrt().into())
}

/// A number as a float. Bails out on large integers.
#[expect(clippy::cast_precision_loss, reason = "as jaq")]
fn float(value: &Val) -> Result<f64, Stop> {
    match value {
        Val::Num(Num::Int(number)) => Ok(*number as f64),
        Val::Num(Num::Float(number)) => Ok(*number),
        Val::Num(Num::Dec(digits)) => digits.parse().map_err(|_| Stop::Bail),
        Val::Num(Num::BigInt(_)) => Err(Stop::Bail),
        _ => fail(),
    }
}

/// The characters of a string. Bails out on bytes that are none.
fn utf8(text: &[u8]) -> Result<&str, Stop> {
    std::str::from_utf8(text).map_err(|_| Stop::Bail)
}
