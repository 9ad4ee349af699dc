//! Scalars: expressions of the type `Part`, and conditions.

use super::emit::{Context, Emitter, Value, is_string};
use super::{Emitted, Refusal, plan};
use crate::jq::native::ir::{Cmp, Constant, Math, Node, NodeKind};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

impl<'f> Emitter<'f> {
    /// An expression for the one output of a part.
    pub(super) fn part(&mut self, node: &'f Node, on: &Context<'f>) -> Emitted<TokenStream> {
        match &node.kind {
            NodeKind::Math(left, math, right) if !is_string(node) => {
                let method = match math {
                    Math::Add => quote!(plus),
                    Math::Sub => quote!(minus),
                    Math::Mul => quote!(times),
                    Math::Div => quote!(over),
                    Math::Rem => quote!(modulo),
                };
                let (left, right) = (self.part(left, on)?, self.part(right, on)?);
                Ok(quote!(#left.#method(#right)?))
            }
            NodeKind::Negate(inner) => {
                let inner = self.part(inner, on)?;
                Ok(quote!(#inner.negate()?))
            }
            NodeKind::Compare(..) | NodeKind::Logic { .. } => {
                let condition = self.condition(node, on)?;
                Ok(quote!(rt::scan::Part::Bool(#condition)))
            }
            NodeKind::If { condition, then, otherwise } => {
                let condition = self.condition(condition, on)?;
                let (then, otherwise) = (self.part(then, on)?, self.part(otherwise, on)?);
                Ok(quote!(if #condition { #then } else { #otherwise }))
            }
            NodeKind::Alternative(left, right) => {
                let (name, left, right) = (self.name("part"), self.part(left, on)?, self.part(right, on)?);
                Ok(quote!({ let #name = #left; if #name.truthy() { #name } else { #right } }))
            }
            NodeKind::Pipe(left, right) if !is_string(node) => {
                let mut made = Vec::new();
                let left = self.value(left, on, &mut made)?;
                let right = self.part(right, &on.on(left))?;
                Ok(if made.is_empty() { right } else { quote!({ #(#made)* #right }) })
            }
            NodeKind::Call(op, arguments) => self.call(node, op.name, arguments, on),
            NodeKind::Input | NodeKind::Constant(_) | NodeKind::Variable(_) | NodeKind::Path { .. } => {
                let mut made = Vec::new();
                let value = self.value(node, on, &mut made)?;
                let part = self.part_of(node, &value)?;
                Ok(if made.is_empty() { part } else { quote!({ #(#made)* #part }) })
            }
            _ => refuse(node, "this, as a value to compute with,"),
        }
    }

    /// An expression for a value.
    pub(super) fn part_of(&mut self, node: &Node, value: &Value<'f>) -> Emitted<TokenStream> {
        match value {
            Value::Place(place) => {
                self.reach(node, *place)?;
                self.plan.at_mut(*place).kept = true;
                let slot = plan::slot(*place);
                Ok(quote!(#slot.get()))
            }
            Value::Constant(Constant::Null) => Ok(quote!(rt::scan::Part::Null)),
            Value::Constant(Constant::Bool(boolean)) => Ok(quote!(rt::scan::Part::Bool(#boolean))),
            Value::Constant(Constant::String(text)) => Ok(quote!(rt::scan::Part::Text(#text))),
            Value::Constant(Constant::Number(number)) => match number.parse::<i32>() {
                Ok(number) => {
                    let number = Literal::i32_unsuffixed(number);
                    Ok(quote!(rt::scan::Part::Int(#number)))
                }
                Err(_) if is_json(number) => Ok(quote!(rt::scan::Part::Raw(rt::scan::Raw::constant(#number)))),
                Err(_) => refuse(node, "a number that JSON would write in another way"),
            },
            Value::Part(name) => Ok(quote!(#name)),
            Value::Input => refuse(node, "all of the input"),
            Value::Made(made, _) => refuse(made, "a value that is made and then computed with"),
        }
    }

    /// An expression for whether a part's one output is neither false nor null.
    pub(super) fn condition(&mut self, node: &'f Node, on: &Context<'f>) -> Emitted<TokenStream> {
        match &node.kind {
            NodeKind::Compare(left, compare, right) => {
                let (left, right) = (self.part(left, on)?, self.part(right, on)?);
                Ok(match compare {
                    Cmp::Eq => quote!(#left.equals(&#right)?),
                    Cmp::Ne => quote!(!#left.equals(&#right)?),
                    Cmp::Lt => quote!(#left.compare(&#right)?.is_lt()),
                    Cmp::Le => quote!(#left.compare(&#right)?.is_le()),
                    Cmp::Gt => quote!(#left.compare(&#right)?.is_gt()),
                    Cmp::Ge => quote!(#left.compare(&#right)?.is_ge()),
                })
            }
            NodeKind::Logic { stop, left, right } => {
                let (left, right) = (self.operand(left, on)?, self.operand(right, on)?);
                Ok(if *stop { quote!(#left || #right) } else { quote!(#left && #right) })
            }
            _ => {
                let part = self.part(node, on)?;
                Ok(quote!(#part.truthy()))
            }
        }
    }

    /// A condition inside another.
    fn operand(&mut self, node: &'f Node, on: &Context<'f>) -> Emitted<TokenStream> {
        let condition = self.condition(node, on)?;
        Ok(if let NodeKind::Logic { .. } = node.kind { quote!((#condition)) } else { condition })
    }

    fn call(
        &mut self,
        node: &'f Node,
        name: &'static str,
        arguments: &'f [Node],
        on: &Context<'f>,
    ) -> Emitted<TokenStream> {
        if let ("length", Value::Place(place)) = (name, &on.input) {
            self.reach(node, *place)?;
            self.plan.at_mut(*place).items.get_or_insert_default().counted = true;
            let length = plan::length(*place);
            return Ok(quote!(#length));
        }
        let input = self.part_of(node, &on.input);
        Ok(match (name, arguments) {
            ("length", []) => {
                let input = input?;
                quote!(#input.length()?)
            }
            ("not", []) => {
                let input = input?;
                quote!(rt::scan::Part::Bool(!#input.truthy()))
            }
            ("type", []) => {
                let input = input?;
                quote!(rt::scan::Part::Text(#input.type_name()))
            }
            ("isboolean" | "isnumber" | "isstring" | "isarray" | "isobject", []) => {
                let (input, name) = (input?, &name[2..]);
                quote!(rt::scan::Part::Bool(#input.type_name() == #name))
            }
            ("startswith" | "endswith", [argument]) => {
                let (input, argument) = (input?, self.part(argument, on)?);
                let method = if name == "startswith" { quote!(starts_with) } else { quote!(ends_with) };
                quote!(rt::scan::Part::Bool(#input.#method(&#argument)?))
            }
            _ => return refuse(node, "this function"),
        })
    }
}

pub(super) fn refuse<T>(node: &Node, what: &'static str) -> Emitted<T> {
    Err(Refusal { span: node.span, what })
}

/// Whether it is a number as JSON writes one, and as it is printed.
pub(super) fn is_json(number: &str) -> bool {
    let (integer, rest) = number.split_at(number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len()));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (rest, "0"),
    };
    digits(integer)
        && (integer == "0" || !integer.starts_with('0'))
        && (fraction.is_empty() || fraction.strip_prefix('.').is_some_and(digits))
        && digits(exponent)
        && number.len() <= 300
}
