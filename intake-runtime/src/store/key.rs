//! Keys as text: `app/intake/workflow`, with `%2F` for a slash and `%25` for a percent sign in a part.
//! Keys of records begin with them: what is written here must stay as it is.

use super::{IntakeKey, WorkflowKey};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use std::fmt;
use std::str::FromStr;

/// What a part does not hold as it is.
const SEPARATORS: &AsciiSet = &CONTROLS.add(b'/').add(b'%');

/// A text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no key: it is {form}, with %2F for a slash in one of them")]
pub struct KeyError {
    text: String,
    form: &'static str,
}

/// `app/intake/workflow`
impl fmt::Display for IntakeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [app, intake, workflow] =
            [&self.app, &self.intake, &self.workflow].map(|part| utf8_percent_encode(part, SEPARATORS));
        write!(f, "{app}/{intake}/{workflow}")
    }
}

/// `app/workflow`
impl fmt::Display for WorkflowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [app, workflow] = [&self.app, &self.workflow].map(|part| utf8_percent_encode(part, SEPARATORS));
        write!(f, "{app}/{workflow}")
    }
}

impl FromStr for IntakeKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let [app, intake, workflow] = parts(text, "APP/INTAKE/WORKFLOW")?;
        Ok(Self { app, intake, workflow })
    }
}

impl FromStr for WorkflowKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let [app, workflow] = parts(text, "APP/WORKFLOW")?;
        Ok(Self { app, workflow })
    }
}

fn parts<const N: usize>(text: &str, form: &'static str) -> Result<[String; N], KeyError> {
    let decode = |part| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    let parts: Option<Vec<String>> = text.split('/').map(decode).collect();
    let parts = parts.and_then(|parts| parts.try_into().ok());
    parts.ok_or_else(|| KeyError { text: text.to_owned(), form })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for [app, intake, workflow] in [["acme", "a/b", "c%2F"], ["é", "", " "], ["a\nb", "%", "//"]] {
            let key = IntakeKey { app: app.to_owned(), intake: intake.to_owned(), workflow: workflow.to_owned() };
            assert_eq!(key.to_string().parse(), Ok(key.clone()), "{key}");
            let key = WorkflowKey { app: app.to_owned(), workflow: workflow.to_owned() };
            assert_eq!(key.to_string().parse(), Ok(key.clone()), "{key}");
        }
        let error = "acme/x".parse::<IntakeKey>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`acme/x` is no key: it is APP/INTAKE/WORKFLOW, with %2F for a slash in one of them"
        );
    }
}
