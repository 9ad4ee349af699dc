//! What keeps data from making a program need memory without end. A program can be as expensive as its author likes,
//! but `.a * .b` must not end the process because a vendor's answer has a string in `a` and a large number in `b`.

use super::Data;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};
use jaq_core::{Exn, ValX};
use jaq_json::{Error, Num, Val};
use std::cmp::Ordering;
use std::iter::from_fn;

/// The longest string that a product may be, in bytes: as long as a response's body may be.
pub(crate) const LONGEST: usize = 32 << 20;

/// The most numbers that one `range` gives.
pub(crate) const MOST: usize = 1_000_000;

/// The name that a multiplication is called by where it is bounded; it is in no manifest.
const TIMES: &str = "__intake_times";
const LEFT: &str = "$__intake_left";
const RIGHT: &str = "$__intake_right";

/// Whether a product is no string, or one that is not too long.
pub(crate) fn fits(left: &Val, right: &Val) -> bool {
    let (text, count) = match (left, right) {
        (Val::TStr(text) | Val::BStr(text), Val::Num(count)) | (Val::Num(count), Val::TStr(text) | Val::BStr(text)) => {
            (text, count)
        }
        _ => return true,
    };
    match count {
        Num::Int(count) => usize::try_from(*count).map_or(true, |count| text.len().saturating_mul(count) <= LONGEST),
        // One that is negative gives null.
        Num::BigInt(count) => text.is_empty() || **count < 0.into(),
        Num::Float(_) | Num::Dec(_) => true,
    }
}

/// A program's term with multiplications that are bounded; nothing if it has none, or is none.
pub(super) fn bounded(code: &'static str) -> Option<Term<&'static str>> {
    if !code.contains('*') {
        return None;
    }
    let mut term = jaq_core::load::parse(code, |parser| parser.term())?;
    bound(&mut term);
    Some(term)
}

/// The functions that are not as jaq has them.
pub(super) fn funs() -> [Fun<Data>; 2] {
    let times = run((TIMES, v(2), |mut cv| {
        let (right, left): (Val, Val) = (cv.0.pop_var(), cv.0.pop_var());
        if fits(&left, &right) {
            return bome(left * right);
        }
        let text = format_args!("a string times this number is longer than {LONGEST} bytes");
        bome(Err(Error::str(text)))
    }));
    let range = run(("range", v(3), |mut cv| {
        let (by, to, from) = (cv.0.pop_var(), cv.0.pop_var(), cv.0.pop_var());
        Box::new(range(from, to, by))
    }));
    [times, range]
}

/// jaq's, but not for ever.
fn range<'a>(from: Val, to: Val, by: Val) -> impl Iterator<Item = ValX<'a, Val>> {
    let direction = by.cmp(&Val::from(0_usize));
    let (mut next, mut left) = (Some(Ok(from)), MOST);
    from_fn(move || {
        let number = match next.take()? {
            Ok(number) => number,
            Err(error) => return Some(Err(error)),
        };
        let goes_on = match direction {
            Ordering::Greater => number < to,
            Ordering::Less => number > to,
            Ordering::Equal => number != to,
        };
        if !goes_on {
            return None;
        }
        if left == 0 {
            return Some(Err(Exn::from(Error::str(format_args!("range gives more than {MOST} numbers")))));
        }
        left -= 1;
        next = Some((number.clone() + by.clone()).map_err(Exn::from));
        Some(Ok(number))
    })
}

/// `l * r` becomes `l as $l | r as $r | times($l; $r)`, and `l *= r` becomes `r as $r | l |= times(.; $r)`: that is what
/// jaq makes of them too.
fn bound(term: &mut Term<&'static str>) {
    let mut inner: Vec<&mut Term<&'static str>> = Vec::new();
    parts(term, &mut inner);
    inner.into_iter().for_each(bound);
    if let Term::BinOp(left, op, right) = term {
        let (left, right) = (std::mem::take(left), std::mem::take(right));
        *term = match op {
            BinaryOp::Math(Math::Mul) => {
                let times = Term::Call(TIMES, vec![Term::Var(LEFT), Term::Var(RIGHT)]);
                named(left, LEFT, named(right, RIGHT, times))
            }
            BinaryOp::UpdateMath(Math::Mul) => {
                let times = Term::Call(TIMES, vec![Term::Id, Term::Var(RIGHT)]);
                named(right, RIGHT, Term::BinOp(left, BinaryOp::Update, times.into()))
            }
            op => Term::BinOp(left, op.clone(), right),
        };
    }
}

/// `value as $name | rest`
fn named(value: Box<Term<&'static str>>, name: &'static str, rest: Term<&'static str>) -> Term<&'static str> {
    Term::BinOp(value, BinaryOp::Pipe(Some(Pattern::Var(name))), rest.into())
}

/// The terms in a term.
fn parts<'t>(term: &'t mut Term<&'static str>, into: &mut Vec<&'t mut Term<&'static str>>) {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(_, pieces) => into.extend(pieces.iter_mut().filter_map(|piece| match piece {
            StrPart::Term(term) => Some(term),
            StrPart::Str(_) | StrPart::Char(_) => None,
        })),
        Term::Arr(inner) => into.extend(inner.as_deref_mut()),
        Term::Obj(entries) => {
            for (key, value) in entries {
                into.push(key);
                into.extend(value);
            }
        }
        Term::Neg(inner) | Term::Label(_, inner) => into.push(inner),
        Term::BinOp(left, op, right) => {
            if let BinaryOp::Pipe(Some(pattern)) = op {
                keys(pattern, into);
            }
            into.extend([&mut **left, &mut **right]);
        }
        Term::Fold(_, source, pattern, rest) => {
            into.push(source);
            keys(pattern, into);
            into.extend(rest);
        }
        Term::TryCatch(inner, handler) => {
            into.push(inner);
            into.extend(handler.as_deref_mut());
        }
        Term::IfThenElse(arms, otherwise) => {
            into.extend(arms.iter_mut().flat_map(|(condition, then)| [condition, then]));
            into.extend(otherwise.as_deref_mut());
        }
        Term::Def(defs, inner) => {
            into.extend(defs.iter_mut().map(|def: &mut Def<_>| &mut def.body));
            into.push(inner);
        }
        Term::Call(_, arguments) => into.extend(arguments),
        Term::Path(head, Path(steps)) => {
            into.push(head);
            for (step, _) in steps {
                match step {
                    Part::Index(index) => into.push(index),
                    Part::Range(from, to) => into.extend(from.iter_mut().chain(to)),
                }
            }
        }
    }
}

/// The terms in a pattern.
fn keys<'t>(pattern: &'t mut Pattern<&'static str>, into: &mut Vec<&'t mut Term<&'static str>>) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(inner) => inner.iter_mut().for_each(|inner| keys(inner, into)),
        Pattern::Obj(entries) => {
            for (key, inner) in entries {
                into.push(key);
                keys(inner, into);
            }
        }
    }
}
