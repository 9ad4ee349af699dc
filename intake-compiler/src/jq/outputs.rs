//! How many outputs a program gives.

/// How many outputs a program can give; `most` is `None` where there is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// At least so many (an error aside).
    pub least: u32,
    /// At most so many.
    pub most: Option<u32>,
}

impl Outputs {
    pub(super) const NONE: Self = Self { least: 0, most: Some(0) };
    pub(super) const ONE: Self = Self { least: 1, most: Some(1) };
    pub(super) const ANY: Self = Self { least: 0, most: None };

    /// For each of `self`, all of `other`.
    pub(super) fn times(self, other: Self) -> Self {
        let most = match (self.most, other.most) {
            (Some(0), _) | (_, Some(0)) => Some(0),
            (Some(left), Some(right)) => left.checked_mul(right),
            _ => None,
        };
        Self { least: self.least.saturating_mul(other.least), most }
    }

    /// One after the other.
    pub(super) fn plus(self, other: Self) -> Self {
        let most = self.most.zip(other.most).and_then(|(left, right)| left.checked_add(right));
        Self { least: self.least.saturating_add(other.least), most }
    }

    /// One or the other.
    pub(super) fn or(self, other: Self) -> Self {
        let most = self.most.zip(other.most).map(|(left, right)| left.max(right));
        Self { least: self.least.min(other.least), most }
    }

    pub(super) fn at_least(self, least: u32) -> Self {
        Self { least, ..self }
    }

    /// No more than `count` of them.
    pub(super) fn first(self, count: u32) -> Self {
        Self { least: self.least.min(count), most: Some(self.most.map_or(count, |most| most.min(count))) }
    }
}
