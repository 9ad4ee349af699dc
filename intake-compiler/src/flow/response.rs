//! What `!http` gives.

use crate::manifest::model::Http;
use crate::shape::{Field, Rest, Shape};
use crate::source::Span;

/// The output of a request, whose place in the manifest is `span`: of an object B, B with a key `body` that is the whole
/// of B; of anything else V, `{"body": V}`.
///
/// Nothing is known of the response. This is the one place where that would be said if it were.
pub(super) fn output(_http: &Http, span: Span) -> Shape {
    let body = Field { name: "body".into(), span, shape: Shape::unknown(span), optional: false };
    Shape::object(span, vec![body], Rest::Open(Shape::unknown(span)))
}
