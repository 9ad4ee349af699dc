//! The commands that make no request.

use super::{
    At, Event, EventError, EventErrorKind, ExtractError, Fetched, RespondError, SaveError, ShaError, SwitchError, Var,
};
use crate::hash::Algorithm;
use crate::http::header;
use crate::intake::Scope;
use crate::jq::{Jq, JqError};
use crate::value::{MAX_DEPTH, Value, parse_within};

/// What `!respond` answers to the vendor's verification call.
#[derive(Clone, PartialEq)]
pub struct Respond {
    /// Whether the payload is let through.
    pub process_payload: bool,
    /// The status code.
    pub code: u16,
    /// Headers; one whose value is null is left out.
    pub headers: Vec<(&'static str, Value)>,
    /// The body.
    pub body: Option<Value>,
}

/// Shows no header or body.
impl std::fmt::Debug for Respond {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Respond");
        debug.field("process_payload", &self.process_payload).field("code", &self.code).finish_non_exhaustive()
    }
}

impl Event<'_> {
    /// `!jq`: the one output of a program. No output is `null`.
    ///
    /// # Errors
    /// If a variable is missing, the program fails, or it has more than one output.
    pub fn jq(
        &self,
        at: At,
        program: &Jq,
        input: &Value,
        variables: impl IntoIterator<Item = Var>,
    ) -> Result<Value, EventError> {
        let _command = at.span().entered();
        let variables: Result<Vec<_>, _> = variables.into_iter().map(Var::into_value).collect();
        let variables = variables.map_err(|error| self.fault(at, error))?;
        let failed = |error: JqError| self.fault(at, error.bounded(&self.workflow().secrets()));
        program.run(input, variables).map_err(failed)
    }

    /// `!http` and then `!jq`, where nothing else needs the response: it is not read into a tree if the program can do
    /// without.
    ///
    /// # Errors
    /// As of [`Request::send`](super::Request::send) and [`jq`](Self::jq).
    pub fn jq_of(
        &self,
        at: At,
        program: &Jq,
        response: Fetched,
        variables: impl IntoIterator<Item = Var>,
    ) -> Result<Value, EventError> {
        let variables: Vec<Var> = variables.into_iter().collect();
        let values: Option<Vec<_>> = variables.iter().map(|variable| variable.clone().into_value().ok()).collect();
        let _command = at.span().entered();
        match values.and_then(|values| program.run_over(response.body(), &values)) {
            Some(output) => Ok(output),
            None => self.jq(at, program, &response.value(self)?, variables),
        }
    }

    /// `!save`: the output is the input.
    ///
    /// # Errors
    /// If the input is no object.
    pub fn save(&mut self, at: At, scope: Scope, input: &Value) -> Result<Value, EventError> {
        let _command = at.span().entered();
        let Some(entries) = input.entries() else {
            return Err(self.fault(at, SaveError::NotAnObject { found: input.described() }));
        };
        let entries: Vec<_> = entries.map(|(key, value)| (key.to_owned(), value)).collect();
        for (key, value) in &entries {
            self.env.saved.insert(scope, key.as_str(), value.clone());
        }
        self.new_saved.push((scope, entries));
        Ok(input.clone())
    }

    /// `!switch`: the index of the case to run.
    ///
    /// # Errors
    /// As of [`jq`](Self::jq), or if there is no such case.
    pub fn switch(
        &self,
        at: At,
        program: &Jq,
        input: &Value,
        variables: impl IntoIterator<Item = Var>,
        cases: usize,
    ) -> Result<usize, EventError> {
        let output = self.jq(at, program, input, variables)?;
        let index = output.as_i64().and_then(|index| usize::try_from(index).ok());
        match index {
            Some(index) if index < cases => Ok(index),
            _ if output.as_i64().is_some() => {
                Err(self.fault(at, SwitchError::OutOfRange { index: output.to_string(), cases }))
            }
            _ => Err(self.fault(at, SwitchError::NotAnIndex { found: output.described() })),
        }
    }

    /// `!extract`: an object with these keys of the input, if it has them. With `to_json` each is read from a
    /// string; null stays null.
    ///
    /// # Errors
    /// If the input is no object, or a value is to be read as JSON and is none.
    pub fn extract(&self, at: At, input: &Value, keys: &[&'static str], to_json: bool) -> Result<Value, EventError> {
        let _command = at.span().entered();
        if !input.is_object() {
            return Err(self.fault(at, ExtractError::NotAnObject { found: input.described() }));
        }
        let present = keys.iter().filter_map(|key| Some((*key, input.get(key)?)));
        let entries: Result<Vec<_>, _> =
            present.map(|(key, value)| Ok((key, if to_json { from_json_text(key, value)? } else { value }))).collect();
        entries.map(Value::object).map_err(|error: ExtractError| self.fault(at, error))
    }

    /// `!sha`: `{value_to_encrypt, hash}`; with a secret the hash is an HMAC.
    ///
    /// # Errors
    /// If the input has no `value_to_encrypt`.
    pub fn sha(
        &self,
        at: At,
        algorithm: Algorithm,
        secret: Option<String>,
        input: &Value,
    ) -> Result<Value, EventError> {
        let _command = at.span().entered();
        let value = input.get("value_to_encrypt").filter(|value| !value.is_null());
        let value = value.ok_or_else(|| self.fault(at, ShaError::NoValue))?;
        let hash = algorithm.hex(secret.as_deref().map(str::as_bytes), value.text().as_bytes());
        Ok(Value::object([("value_to_encrypt", value), ("hash", hash.into())]))
    }

    /// `!respond`: keeps the answer; the output is its body.
    ///
    /// # Errors
    /// If it is no answer HTTP can give.
    pub fn respond(&mut self, at: At, respond: Respond) -> Result<Value, EventError> {
        let _command = at.span().entered();
        if !(200..=599).contains(&respond.code) {
            return Err(self.fault(at, RespondError::Code { code: respond.code }));
        }
        for (name, value) in &respond.headers {
            header(name, value).map_err(|error| self.fault(at, RespondError::from(error)))?;
        }
        let output = respond.body.clone().unwrap_or_default();
        self.response = Some(respond);
        Ok(output)
    }

    /// `!print_c`: a log event.
    pub fn print(&self, at: At, message: String) {
        let _command = at.span().entered();
        let message = crate::secret::scrub(&message, &self.workflow().secrets(), usize::MAX);
        let workflow = self.workflow().id();
        let super::EventEnv { meta, event, .. } = &self.env;
        tracing::info!(app = meta.app.name, intake = meta.name, event, workflow, line = at.line(), "{message}");
    }

    /// `!error`
    ///
    /// # Errors
    /// Always.
    pub fn fail(&self, at: At, message: &'static str) -> Result<Value, EventError> {
        Err(self.fault(at, EventErrorKind::Raised(message)))
    }
}

fn from_json_text(key: &'static str, value: Value) -> Result<Value, ExtractError> {
    match value.as_str() {
        _ if value.is_null() => Ok(value),
        Some(text) => {
            parse_within(text.as_bytes(), MAX_DEPTH - 1).map_err(|source| ExtractError::NotJson { key, source })
        }
        None => Err(ExtractError::NotAString { key, found: value.described() }),
    }
}
