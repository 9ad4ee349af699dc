//! How shapes and output counts combine. Everything here may know less than is true, never more.

use crate::jq::{Outputs, Shape, ShapeKind};
use crate::source::Span;
use jaq_core::ops::Math;

/// More alternatives than this are not told apart.
const MOST_ALTERNATIVES: usize = 8;
/// Larger shapes forget what is inside: `{a: ., b: .} | {a: ., b: .} | …` doubles at every step.
const MOST_NODES: usize = 512;

impl Outputs {
    pub(in crate::jq) const NONE: Self = Self { least: 0, most: Some(0) };
    pub(in crate::jq) const ONE: Self = Self { least: 1, most: Some(1) };
    pub(in crate::jq) const ANY: Self = Self { least: 0, most: None };

    /// For each of `self`, all of `other`.
    pub(in crate::jq) fn times(self, other: Self) -> Self {
        let most = match (self.most, other.most) {
            (Some(0), _) | (_, Some(0)) => Some(0),
            (Some(left), Some(right)) => left.checked_mul(right),
            _ => None,
        };
        Self { least: self.least.saturating_mul(other.least), most }
    }

    /// One after the other.
    pub(in crate::jq) fn plus(self, other: Self) -> Self {
        let most = self.most.zip(other.most).and_then(|(left, right)| left.checked_add(right));
        Self { least: self.least.saturating_add(other.least), most }
    }

    /// One or the other.
    pub(in crate::jq) fn or(self, other: Self) -> Self {
        let most = self.most.zip(other.most).map(|(left, right)| left.max(right));
        Self { least: self.least.min(other.least), most }
    }

    pub(in crate::jq) fn at_least(self, least: u32) -> Self {
        Self { least, ..self }
    }

    /// No more than `count` of them.
    pub(in crate::jq) fn first(self, count: u32) -> Self {
        Self { least: self.least.min(count), most: Some(self.most.map_or(count, |most| most.min(count))) }
    }
}

impl Shape {
    pub(super) fn new(span: Span, kind: ShapeKind) -> Self {
        Self { span, kind }
    }

    fn unknown(&self) -> Self {
        Self::new(self.span, ShapeKind::Unknown)
    }

    /// Whether jq takes it for true, if that is known.
    pub(super) fn truth(&self) -> Option<bool> {
        match &self.kind {
            ShapeKind::Unknown => None,
            ShapeKind::Null => Some(false),
            ShapeKind::Bool(value) => *value,
            ShapeKind::Number | ShapeKind::String | ShapeKind::Array | ShapeKind::Object { .. } => Some(true),
            ShapeKind::OneOf(shapes) => {
                let first = shapes.first()?.truth()?;
                shapes.iter().all(|shape| shape.truth() == Some(first)).then_some(first)
            }
        }
    }

    fn nodes(&self) -> usize {
        1 + match &self.kind {
            ShapeKind::Object { keys, .. } => keys.iter().map(|(.., shape)| shape.nodes()).sum(),
            ShapeKind::OneOf(shapes) => shapes.iter().map(Self::nodes).sum(),
            _ => 0,
        }
    }

    /// Forgets what is inside if it is too large.
    pub(super) fn bounded(mut self) -> Self {
        if self.nodes() > MOST_NODES {
            match &mut self.kind {
                ShapeKind::Object { keys, .. } => {
                    keys.iter_mut().for_each(|(.., shape)| shape.kind = ShapeKind::Unknown);
                }
                kind => *kind = ShapeKind::Unknown,
            }
        }
        self
    }

    /// One or the other.
    pub(super) fn or(self, other: Self) -> Self {
        let span = self.span.to(other.span);
        let mut all = Vec::new();
        for shape in [self, other] {
            let alternatives = match shape.kind {
                ShapeKind::OneOf(shapes) => shapes,
                kind => vec![Self::new(shape.span, kind)],
            };
            for shape in alternatives {
                if !all.iter().any(|known: &Self| known.kind == shape.kind) {
                    all.push(shape);
                }
            }
        }
        let unknown = all.iter().any(|shape| shape.kind == ShapeKind::Unknown);
        let kind = match all.len() {
            _ if unknown => ShapeKind::Unknown,
            1 => return all.swap_remove(0),
            2..=MOST_ALTERNATIVES => ShapeKind::OneOf(all),
            _ => ShapeKind::Unknown,
        };
        Self::new(span, kind).bounded()
    }

    /// Applies `f` to each alternative.
    pub(super) fn each(&self, f: &impl Fn(&Self) -> Self) -> Self {
        match &self.kind {
            ShapeKind::OneOf(shapes) => shapes.iter().map(f).reduce(Self::or).unwrap_or_else(|| self.unknown()),
            _ => f(self),
        }
    }

    /// What remains of it where it is neither `null` nor `false`; `None` if nothing does.
    pub(super) fn truthy(self) -> Option<Self> {
        match self.kind {
            ShapeKind::Null | ShapeKind::Bool(Some(false)) => None,
            ShapeKind::Bool(None) => Some(Self::new(self.span, ShapeKind::Bool(Some(true)))),
            ShapeKind::OneOf(shapes) => shapes.into_iter().filter_map(Self::truthy).reduce(Self::or),
            _ => Some(self),
        }
    }

    /// The value at a key.
    pub(super) fn key(&self, name: &str) -> Self {
        self.each(&|shape| match &shape.kind {
            ShapeKind::Null => Self::new(shape.span, ShapeKind::Null),
            ShapeKind::Object { keys, open } => match keys.iter().find(|(key, ..)| key == name) {
                Some((.., value)) => value.clone(),
                None if *open => shape.unknown(),
                None => Self::new(shape.span, ShapeKind::Null),
            },
            _ => shape.unknown(),
        })
    }

    /// The same container, of whose content nothing is known any more.
    pub(super) fn emptied(&self) -> Self {
        self.each(&|shape| match shape.kind {
            ShapeKind::Object { .. } => Self::new(shape.span, ShapeKind::Object { keys: Vec::new(), open: true }),
            ShapeKind::Array => shape.clone(),
            _ => shape.unknown(),
        })
    }

    /// With one key set to a value: only objects have string keys, all else is an error.
    pub(super) fn with_key(&self, name: &str, key: Span, value: &Self) -> Self {
        self.each(&|shape| {
            let (mut keys, open) = match &shape.kind {
                ShapeKind::Object { keys, open } => (keys.clone(), *open),
                _ => (Vec::new(), true),
            };
            insert(&mut keys, (name.to_owned(), key, value.clone()));
            Self::new(shape.span, ShapeKind::Object { keys, open }).bounded()
        })
    }

    /// `left op right`, where both are known to have no error.
    pub(super) fn math(&self, operator: Math, other: &Self, span: Span) -> Self {
        let combine = |left: &Self, right: &Self| match operator {
            Math::Add => add(left, right, span),
            Math::Sub => Self::new(span, subtract(&left.kind, &right.kind)),
            Math::Mul => multiply(left, right, span),
            Math::Div => Self::new(span, divide(&left.kind, &right.kind)),
            Math::Rem => Self::new(span, ShapeKind::Number),
        };
        self.each(&|left| other.each(&|right| combine(left, right)))
    }
}

type Key = (String, Span, Shape);

/// Sets a key; one that is there keeps its place, as in jq.
pub(super) fn insert(keys: &mut Vec<Key>, key: Key) {
    match keys.iter_mut().find(|(known, ..)| *known == key.0) {
        Some(known) => *known = key,
        None => keys.push(key),
    }
}

/// The keys, whose values an unknown key may have replaced.
pub(super) fn forget(keys: &mut [Key]) {
    keys.iter_mut().for_each(|(.., shape)| shape.kind = ShapeKind::Unknown);
}

fn add(left: &Shape, right: &Shape, span: Span) -> Shape {
    use ShapeKind::{Array, Null, Number, Object, String, Unknown};
    let kind = match (&left.kind, &right.kind) {
        // null is neutral.
        (Null, _) => return right.clone(),
        (_, Null) => return left.clone(),
        (Object { keys: left, open }, Object { keys: right, open: right_open }) => {
            let mut keys = left.clone();
            if *right_open {
                forget(&mut keys);
            }
            right.iter().for_each(|key| insert(&mut keys, key.clone()));
            Object { keys, open: *open || *right_open }
        }
        (Object { keys, .. }, Unknown) => {
            let mut keys = keys.clone();
            forget(&mut keys);
            Object { keys, open: true }
        }
        (Unknown, Object { keys, .. }) => Object { keys: keys.clone(), open: true },
        // The other operand can only be of the same kind, or null.
        (kind @ (Number | String | Array), _) | (_, kind @ (Number | String | Array)) => kind.clone(),
        _ => Unknown,
    };
    Shape::new(span, kind).bounded()
}

fn subtract(left: &ShapeKind, right: &ShapeKind) -> ShapeKind {
    match (left, right) {
        (ShapeKind::Number, _) | (_, ShapeKind::Number) => ShapeKind::Number,
        (ShapeKind::Array, _) | (_, ShapeKind::Array) => ShapeKind::Array,
        _ => ShapeKind::Unknown,
    }
}

fn divide(left: &ShapeKind, right: &ShapeKind) -> ShapeKind {
    match (left, right) {
        (ShapeKind::Number, _) | (_, ShapeKind::Number) => ShapeKind::Number,
        (ShapeKind::String, _) | (_, ShapeKind::String) => ShapeKind::Array,
        _ => ShapeKind::Unknown,
    }
}

fn multiply(left: &Shape, right: &Shape, span: Span) -> Shape {
    use ShapeKind::{Number, Object, Unknown};
    let kind = match (&left.kind, &right.kind) {
        (Number, Number) => Number,
        // Objects are merged, their objects too.
        (Object { keys: left, open }, Object { keys: right, open: right_open }) => {
            let mut keys = left.clone();
            if *right_open {
                forget(&mut keys);
            }
            for (name, span, value) in right {
                let alone = !*open && !left.iter().any(|(known, ..)| known == name);
                let value = if alone { value.clone() } else { value.unknown() };
                insert(&mut keys, (name.clone(), *span, value));
            }
            Object { keys, open: *open || *right_open }
        }
        (Object { keys, .. }, Unknown) | (Unknown, Object { keys, .. }) => {
            let mut keys = keys.clone();
            forget(&mut keys);
            Object { keys, open: true }
        }
        _ => Unknown,
    };
    Shape::new(span, kind).bounded()
}
