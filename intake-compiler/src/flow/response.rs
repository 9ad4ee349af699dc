//! What `!http` gives.

use crate::check::visit::{self, EventKind};
use crate::manifest::model::{Command, CommandKind, Http};
use crate::samples::Samples;
use crate::shape::{Field, Rest, Shape, ShapeKind, insert};
use crate::source::Span;
use crate::template::Template;
use std::collections::HashMap;

/// What is known of the responses and payloads of one intake.
pub(super) struct Recorded<'k> {
    pub(super) samples: &'k Samples,
    /// The intake's name.
    pub(super) intake: &'k str,
    /// `api.base_url`
    pub(super) base_url: Option<&'k Template>,
}

impl Recorded<'_> {
    /// The output of the N-th request of an event, whose place in the manifest is `span`: of an object B, B with a key
    /// `body` that is the whole of B; of anything else V, `{"body": V}`.
    pub(super) fn output(&self, event: EventKind, number: usize, http: &Http, span: Span) -> Shape {
        let response = self.samples.response(self.intake, event, number, http, self.base_url);
        let response = response.unwrap_or_else(|| Shape::unknown(span)).at(span);
        response.each(&|body| {
            let field = Field { name: "body".into(), span, shape: body.clone(), optional: false };
            let (mut fields, rest) = match &body.kind {
                ShapeKind::Object(object) => (object.fields.clone(), object.rest.clone()),
                ShapeKind::Unknown => (Vec::new(), Rest::Open(Shape::unknown(span))),
                _ => (Vec::new(), Rest::Closed),
            };
            insert(&mut fields, field);
            Shape { kind: ShapeKind::object(fields, rest), ..body.clone() }
        })
    }

    /// What a webhook is sent.
    pub(super) fn payload(&self, span: Span) -> Shape {
        self.samples.payload(self.intake).map_or_else(|| Shape::unknown(span), |payload| payload.at(span))
    }
}

/// The numbers of an event's requests, from 1 in source order.
pub(super) fn numbers(command: &Command) -> HashMap<*const Http, usize> {
    let mut numbers = HashMap::new();
    visit::commands(command, &mut |command| {
        if let CommandKind::Http(http) = &command.kind {
            let number = numbers.len() + 1;
            numbers.insert(std::ptr::from_ref::<Http>(http), number);
        }
    });
    numbers
}
