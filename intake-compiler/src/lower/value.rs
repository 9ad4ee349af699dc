//! Values, texts, URLs and variables.

use super::Lower;
use crate::ir::{Json, Text, TextPart, UrlPart, Variable, VariableSource};
use crate::manifest::model::{Value, ValueKind};
use crate::names;
use crate::template::{self, Part, Root, Template};
use crate::url_template::{self, UrlKind};

impl Lower<'_> {
    pub(super) fn json(&self, value: &Value) -> Json {
        match &value.kind {
            ValueKind::Null => Json::Null,
            ValueKind::Bool(value) => Json::Bool(*value),
            ValueKind::Number(digits) => Json::Number(digits.clone()),
            ValueKind::String(template) => match template.as_single_variable() {
                Some(variable) => Json::Variable(self.variable(variable)),
                None => Json::Text(self.text(template)),
            },
            ValueKind::Array(items) => Json::Array(items.iter().map(|item| self.json(item)).collect()),
            ValueKind::Object(members) => {
                Json::Object(members.iter().map(|(key, value)| (key.value.clone(), self.json(value))).collect())
            }
        }
    }

    pub(super) fn text(&self, template: &Template) -> Text {
        let parts = template.parts.iter().map(|part| match part {
            Part::Text(text) => TextPart::Literal(text.value.clone()),
            Part::Variable(variable) => TextPart::Variable(self.variable(variable)),
        });
        Text { parts: parts.collect() }
    }

    pub(super) fn url_parts(&self, template: &Template, kind: UrlKind) -> Option<Vec<UrlPart>> {
        let parts = url_template::split(template, kind).ok()?;
        let parts = parts.into_iter().map(|part| match part {
            url_template::UrlPart::Text(text) => UrlPart::Text(text.to_owned()),
            url_template::UrlPart::Variable(variable, position) => UrlPart::Variable(position, self.variable(variable)),
        });
        Some(parts.collect())
    }

    #[expect(clippy::unused_self, reason = "every part of a manifest is lowered by a method of `Lower`")]
    pub(super) fn variable(&self, variable: &template::Variable) -> Variable {
        let source = match &variable.path.root {
            Root::WebhookUrl => VariableSource::WebhookUrl,
            Root::Saved(scope) => VariableSource::Saved(*scope),
            Root::PollingState => VariableSource::PollingState,
            Root::CustomData { field, property } => {
                VariableSource::Input { field: names::field_name(field), property: names::field_name(property) }
            }
            Root::PipedContent(index) => VariableSource::Piped(*index),
            Root::Subdomain => VariableSource::Subdomain,
            Root::ResourceId => VariableSource::ResourceId,
        };
        Variable {
            name: variable.path.to_string(),
            source,
            steps: variable.path.steps.clone(),
            default: variable.default.clone(),
        }
    }
}
