//! The values that flow through pipelines. Only this module and [`crate::jq`] know what they are made of.

/// A JSON value on its way through a pipeline: cheap to clone, numbers keep their digits, objects their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Value(pub(crate) jaq_json::Val);

impl Value {
    /// `null`
    pub const NULL: Self = Self(jaq_json::Val::Null);
}
