//! Strings and objects that a program writes out.

use super::scope::Scope;
use super::{Flow, Infer};
use crate::jq::Outputs;
use crate::jq::tree::{Entry, Key, Piece};
use crate::shape::{Field, Rest, Shape, ShapeKind, Text};
use crate::source::Span;

impl<'t> Infer<'t> {
    pub(super) fn text(
        &mut self,
        span: Span,
        format: Option<&'t str>,
        pieces: &'t [Piece],
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        let format = format.map(|name| {
            let unknown = Shape::unknown(span);
            self.call(span, None, name, &[], &unknown, scope)
        });
        let from = self.findings.len();
        let (mut outputs, mut constant, mut kind) = (Outputs::ONE, Some(String::new()), ShapeKind::text());
        for piece in pieces {
            match piece {
                Piece::Text(text) => constant = constant.map(|constant| constant + text),
                Piece::Term(node) => {
                    constant = None;
                    let to = self.findings.len();
                    let flow = self.node(node, input, scope);
                    self.forget(from, to, &flow);
                    self.order_of_pieces(span, outputs, flow.outputs);
                    outputs = outputs.times(flow.outputs);
                    if let Some(format) = &format {
                        outputs = outputs.times(format.outputs);
                        // A format of the program's own can give anything.
                        if !matches!(format.shape.kind, ShapeKind::String(_)) {
                            kind = ShapeKind::Unknown;
                        }
                    }
                }
            }
        }
        let kind = constant.map_or(kind, |text| ShapeKind::String(Text::Constant(text.into())));
        Flow::new(outputs, Shape::new(span, kind))
    }

    pub(super) fn object(&mut self, span: Span, entries: &'t [Entry], input: &Shape, scope: Scope) -> Flow {
        let (mut fields, mut rest, mut outputs) = (Vec::new(), Rest::Closed, Outputs::ONE);
        let from = self.findings.len();
        for Entry { key, value, value_span } in entries {
            let to = self.findings.len();
            let flow = match (value, key) {
                (Some(value), _) => self.node(value, input, scope),
                (None, Key::Constant(name)) => {
                    let (shape, _) = self.key(name, name.span, input, false);
                    Flow::one(shape)
                }
                // `{"\(f)"}`: the value at the same key.
                (None, Key::Computed(_)) => Flow::one(Shape::unknown(span)),
            };
            outputs = outputs.times(flow.outputs);
            self.forget(from, to, &flow);
            match key {
                Key::Constant(name) => {
                    let place = name.span.unwrap_or(span);
                    let shape = flow.shape.at(value_span.unwrap_or(place));
                    let field = Field { name: name.text.clone(), span: place, shape, optional: false };
                    crate::shape::insert(&mut fields, field);
                }
                Key::Computed(node) => {
                    let to = self.findings.len();
                    let keys = self.node(node, input, scope);
                    self.forget(from, to, &keys);
                    outputs = outputs.times(keys.outputs);
                    rest = computed(&mut fields, rest, &flow.shape);
                }
            }
        }
        Flow::new(outputs, Shape::object(span, fields, rest))
    }
}

/// What a computed key makes of the others: it may be any of them.
fn computed(fields: &mut [Field], rest: Rest, value: &Shape) -> Rest {
    fields.iter_mut().for_each(|field| field.shape = field.shape.clone().or(value.clone()));
    match rest {
        Rest::Open(shape) => Rest::Open(shape.or(value.clone())),
        Rest::Closed | Rest::Sampled => Rest::Open(value.clone()),
    }
}
