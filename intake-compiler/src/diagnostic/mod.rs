//! What the compiler has to say: codes, severities, labels and suggested edits.

mod codes;
pub mod render;
pub mod suggest;

pub use codes::Code;

use crate::source::{Source, Span};
use std::sync::Arc;

/// How bad it is. Errors stop the compilation at the next gate, warnings and notes do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The manifest does what it says; a reader may expect something else. It never fails a build.
    Note,
    /// The manifest compiles, but probably not to what was meant.
    Warning,
    /// The manifest does not compile.
    Error,
}

/// One problem in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Diagnostic {
    /// Its stable code; the code decides the severity.
    pub code: Code,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// Where it is wrong.
    pub primary: Label,
    /// Other places that have to do with it.
    pub secondary: Vec<Label>,
    /// Why it matters.
    pub notes: Vec<String>,
    /// How to mend it, where no edit can be given.
    pub helps: Vec<String>,
    /// Edits that mend it.
    pub suggestions: Vec<Suggestion>,
    /// The text that all places are in, if that is not the manifest but a sample.
    pub source: Option<Arc<Source>>,
}

/// A place and what to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The text beside the underline; may be empty.
    pub text: String,
}

/// A way to mend the problem, as edits of the manifest's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What the edits do, as an imperative: ``add the missing `}` ``.
    pub message: String,
    /// How sure it is.
    pub applicability: Applicability,
    /// The edits: they do not overlap and are in source order.
    pub edits: Vec<Edit>,
}

/// How sure a suggestion is, and so whether `intake check --fix` applies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applicability {
    /// It is what was meant, or means the same: it can be applied unseen.
    Certain,
    /// It can be applied, and the manifest says what it could not know: something is left to be filled in.
    Placeholder,
    /// It may not be what was meant, or removes what somebody wrote: a person decides.
    Maybe,
}

impl Applicability {
    /// [`Applicability::Certain`] if `certain`, else [`Applicability::Maybe`].
    #[must_use]
    pub const fn certain_if(certain: bool) -> Self {
        if certain { Self::Certain } else { Self::Maybe }
    }
}

/// Replace the text at `span` by `replacement`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// The new text, already escaped for where it goes.
    pub replacement: String,
}

impl Diagnostic {
    /// A diagnostic at `span`, without a label text.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            suggestions: Vec::new(),
            source: None,
        }
    }

    /// Sets the text beside the primary underline.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at another place.
    pub fn secondary(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says that all places are in a text other than the manifest.
    pub fn within(mut self, source: Arc<Source>) -> Self {
        self.source = Some(source);
        self
    }

    /// The text that the places are in.
    #[must_use]
    pub fn text<'a>(&'a self, manifest: &'a Source) -> &'a Source {
        self.source.as_deref().unwrap_or(manifest)
    }

    /// Says why it matters.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Says how to mend it.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// May mend it: replace the text at `span`. A person decides.
    pub fn suggest(self, message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.suggest_all(message, vec![Edit { span, replacement: replacement.into() }])
    }

    /// May mend it, by several edits at once.
    pub fn suggest_all(self, message: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.mend(Applicability::Maybe, message, edits)
    }

    /// Mends it by replacing the text at `span`: certain enough to be applied unseen.
    pub fn fix(self, message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.fix_all(message, vec![Edit { span, replacement: replacement.into() }])
    }

    /// Mends it by several edits at once, just as certain.
    pub fn fix_all(self, message: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.mend(Applicability::Certain, message, edits)
    }

    /// Mends it by what was probably meant by a word, as surely as that is known.
    pub fn did_you_mean(self, meant: suggest::Meant<'_>, span: Span, replacement: impl Into<String>) -> Self {
        let edits = vec![Edit { span, replacement: replacement.into() }];
        self.mend(meant.applicability, format!("did you mean `{}`?", meant.word), edits)
    }

    /// Mends it as surely as `applicability` says.
    pub fn mend(mut self, applicability: Applicability, message: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.suggestions.push(Suggestion { message: message.into(), applicability, edits });
        self
    }

    /// The severity of its code.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// Collects diagnostics; dropping it unread is a bug in the compiler and panics in debug builds.
#[derive(Debug, Default)]
pub struct Sink {
    found: Vec<Diagnostic>,
    read: bool,
}

impl Sink {
    /// An empty sink.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one problem.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Whether a phase gate is shut: at least one error was found.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|found| found.severity() == Severity::Error)
    }

    /// Everything found, in source order; what is in samples comes last.
    #[must_use]
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.read = true;
        let mut found = std::mem::take(&mut self.found);
        let name = |one: &Diagnostic| one.source.as_ref().map(|source| source.name().to_owned());
        found.sort_by_cached_key(|one| (name(one), one.primary.span, one.code));
        found.dedup();
        found
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            debug_assert!(self.read || self.found.is_empty(), "diagnostics were dropped unread");
        }
    }
}
