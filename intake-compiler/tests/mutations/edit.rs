//! Edits that make a mistake.

use crate::sites::Manifest;
use std::ops::Range;

/// A manifest with one mistake.
pub struct Mutant {
    pub text: String,
    /// Around the mistake: before and after.
    pub shown: String,
}

impl Manifest {
    /// The manifest with other text at a place.
    pub fn with(&self, range: Range<usize>, replacement: &str) -> Mutant {
        let text = format!("{}{replacement}{}", &self.text[..range.start], &self.text[range.end..]);
        let line = self.text[..range.start].matches('\n').count() + 1;
        let before: String =
            self.text[..range.start].chars().rev().take(24).collect::<Vec<_>>().into_iter().rev().collect();
        let cut = |text: &str| text.chars().take(60).collect::<String>();
        let shown = format!("{}:{line}: {before}⟨{}→{}⟩", self.name, cut(&self.text[range]), cut(replacement));
        Mutant { text, shown: shown.split_whitespace().collect::<Vec<_>>().join(" ") }
    }

    pub fn without(&self, range: Range<usize>) -> Mutant {
        self.with(range, "")
    }

    /// A member or element is cut out, with the comma that it no longer needs.
    pub fn cut(&self, range: Range<usize>) -> Mutant {
        let rest = self.text[range.end..].trim_start();
        if rest.starts_with(',') {
            let comma = self.text.len() - rest.len();
            return self.without(range.start..comma + 1);
        }
        let before = self.text[..range.start].trim_end();
        self.without(before.len() - usize::from(before.ends_with(','))..range.end)
    }

    /// Two parts change places.
    pub fn swapped(&self, first: Range<usize>, second: Range<usize>) -> Mutant {
        let [one, between, two] =
            [first.clone(), first.end..second.start, second.clone()].map(|range| &self.text[range]);
        self.with(first.start..second.end, &format!("{two}{between}{one}"))
    }
}

/// Two letters change places; `None` for a word that is too short for it.
pub fn transposed(word: &str) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let start = letters.len() / 2;
    let at = (start..letters.len()).chain(1..start).find(|at| *at > 0 && letters[at - 1] != letters[*at])?;
    letters.swap(at - 1, at);
    (letters.len() > 2).then(|| letters.into_iter().collect())
}

/// A letter is left out.
pub fn shortened(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let without = |at: usize| letters[..at].iter().chain(&letters[at + 1..]).collect();
    (letters.len() > 3).then(|| without(letters.len() / 2))
}
