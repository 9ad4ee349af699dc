//! `${variables}` and where their values come from.

use super::{At, Event, EventError, VariableError};
use crate::intake::Scope;
use crate::value::Value;
use serde_json::Value as Json;

/// A variable with its value, if it has one.
#[derive(Clone)]
pub struct Var {
    name: &'static str,
    value: Option<Value>,
    default: Option<&'static str>,
}

/// One step into a value: `.name` or `[3]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An object's key; of an array, a key that is a number is an index.
    Key(&'static str),
    /// An array's index, from 0.
    Index(u32),
}

impl Var {
    const fn new(name: &'static str, value: Option<Value>) -> Self {
        Self { name, value, default: None }
    }

    /// What stands for it where it is missing or null.
    #[must_use]
    pub const fn or_default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    /// Its value with its type; `null` is one.
    ///
    /// # Errors
    /// If it is missing and has no default.
    pub fn value(self, at: At) -> Result<Value, EventError> {
        self.into_value().map_err(|error| EventError::new(at, error))
    }

    /// Its value as text.
    ///
    /// # Errors
    /// If it is missing or null and has no default.
    pub fn text(self, at: At) -> Result<String, EventError> {
        self.into_text().map_err(|error| EventError::new(at, error))
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn into_value(self) -> Result<Value, VariableError> {
        match (self.value, self.default) {
            (Some(value), None) => Ok(value),
            (Some(value), Some(_)) if !value.is_null() => Ok(value),
            (_, Some(default)) => Ok(default.into()),
            (None, None) => Err(VariableError::Missing { name: self.name }),
        }
    }

    pub(crate) fn into_text(self) -> Result<String, VariableError> {
        let name = self.name;
        match self.into_value()? {
            value if value.is_null() => Err(VariableError::Null { name }),
            value => Ok(value.text()),
        }
    }
}

/// Shows no value: it may be a secret of the customer's.
impl std::fmt::Debug for Var {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "${{{}}}", self.name)
    }
}

fn walk(value: Value, steps: &[Step]) -> Option<Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key).or_else(|| value.item(key.parse().ok()?)),
        Step::Index(index) => value.item(usize::try_from(*index).ok()?),
    })
}

impl Event<'_> {
    /// `${webhook.url}`
    #[must_use]
    pub fn webhook_url(&self) -> Var {
        Var::new("webhook.url", self.env.webhook_url.as_deref().map(Value::from))
    }

    /// `${data.SCOPE.KEY}`, with what this run of the event has saved. The first step is the key.
    #[must_use]
    pub fn saved(&self, name: &'static str, scope: Scope, steps: &[Step]) -> Var {
        let value = match steps {
            [Step::Key(key), rest @ ..] => self.env.saved.get(scope, key).and_then(|value| walk(value.clone(), rest)),
            _ => None,
        };
        Var::new(name, value)
    }

    /// `${polling_state}`, or what the steps lead to in it.
    #[must_use]
    pub fn polling_state(&self, name: &'static str, steps: &[Step]) -> Var {
        Var::new(name, walk(self.env.state.clone(), steps))
    }

    /// `${subdomain}`
    #[must_use]
    pub fn subdomain(&self) -> Var {
        Var::new("subdomain", self.env.workflow.subdomain().map(Value::from))
    }

    /// `${resource.id}`
    #[must_use]
    pub fn resource_id(&self) -> Var {
        Var::new("resource.id", self.env.workflow.resource_id().map(Value::from))
    }
}

/// `${piped_content.N}`, or what the steps lead to in it.
#[must_use]
pub fn piped(name: &'static str, content: &Value, steps: &[Step]) -> Var {
    Var::new(name, walk(content.clone(), steps))
}

/// `${custom_data.FIELD.PROPERTY}`: a field of the intake's inputs.
#[must_use]
pub fn input<T: Input + ?Sized>(name: &'static str, input: &T) -> Var {
    Var::new(name, input.to_value())
}

/// What a field of an intake's inputs can be.
pub trait Input {
    /// Its value; `None` if it is missing.
    fn to_value(&self) -> Option<Value>;
}

impl Input for str {
    fn to_value(&self) -> Option<Value> {
        Some(self.into())
    }
}

impl Input for String {
    fn to_value(&self) -> Option<Value> {
        Some(self.as_str().into())
    }
}

impl Input for Json {
    fn to_value(&self) -> Option<Value> {
        Some(self.into())
    }
}

impl Input for Value {
    fn to_value(&self) -> Option<Value> {
        Some(self.clone())
    }
}

impl<T: Input> Input for Option<T> {
    fn to_value(&self) -> Option<Value> {
        self.as_ref()?.to_value()
    }
}

impl<T: Input + ?Sized> Input for &T {
    fn to_value(&self) -> Option<Value> {
        (**self).to_value()
    }
}
