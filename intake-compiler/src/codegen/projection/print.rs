//! Printing: code that appends JSON to `out`.

use super::Emitted;
use super::emit::{Context, Emitter, Value, is_scalar, is_string};
use super::part::{is_json, refuse};
use crate::jq::native::ir::{Constant, Math, Node, NodeKind};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use std::fmt::Write;

/// Code that prints, with what is constant in it put together.
#[derive(Default)]
pub(super) struct Print(Vec<Piece>);

enum Piece {
    Constant(String),
    Code(TokenStream),
}

impl Print {
    fn constant(text: impl Into<String>) -> Self {
        Self(vec![Piece::Constant(text.into())])
    }

    fn code(code: TokenStream) -> Self {
        Self(vec![Piece::Code(code)])
    }

    fn then(mut self, other: Self) -> Self {
        for piece in other.0 {
            match (self.0.last_mut(), piece) {
                (Some(Piece::Constant(text)), Piece::Constant(more)) => text.push_str(&more),
                (_, Piece::Code(code)) if code.is_empty() => {}
                (_, piece) => self.0.push(piece),
            }
        }
        self
    }

    pub(super) fn into_tokens(self) -> TokenStream {
        let pieces = self.0.into_iter().map(|piece| match piece {
            Piece::Constant(text) if text.is_empty() => TokenStream::new(),
            Piece::Constant(text) => {
                let text = Literal::byte_string(text.as_bytes());
                quote!(out.extend_from_slice(#text);)
            }
            Piece::Code(code) => code,
        });
        pieces.collect()
    }
}

/// A string's characters as they are between its quotes.
fn escaped(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            // A `String` takes every write.
            control @ '\0'..='\x1F' => _ = write!(json, "\\u{:04x}", u32::from(control)),
            other => json.push(other),
        }
    }
    json
}

impl<'f> Emitter<'f> {
    /// Prints the one output of a part.
    pub(super) fn print_node(&mut self, node: &'f Node, on: &Context<'f>) -> Emitted<Print> {
        match &node.kind {
            NodeKind::If { condition, then, otherwise } if !is_scalar(node) => {
                let condition = self.condition(condition, on)?;
                let then = self.print_node(then, on)?.into_tokens();
                let otherwise = self.print_node(otherwise, on)?.into_tokens();
                Ok(Print::code(quote!(if #condition { #then } else { #otherwise })))
            }
            NodeKind::Alternative(left, right) => {
                let (left, name) = (self.part(left, on)?, self.name("part"));
                let right = self.print_node(right, on)?.into_tokens();
                Ok(Print::code(quote! {
                    let #name = #left;
                    if #name.truthy() { #name.print(out)?; } else { #right }
                }))
            }
            NodeKind::Math(left, Math::Add, right) if !is_string(node) => {
                let (left, right) = (self.part(left, on)?, self.part(right, on)?);
                Ok(Print::code(quote!(#left.print_sum(#right, out)?;)))
            }
            _ => {
                let mut made = Vec::new();
                let value = self.value(node, on, &mut made)?;
                let print = self.print(node, &value)?;
                Ok(Print::code(quote!(#(#made)*)).then(print))
            }
        }
    }

    fn print(&mut self, node: &'f Node, value: &Value<'f>) -> Emitted<Print> {
        match value {
            Value::Constant(constant) => match constant {
                Constant::Null => Ok(Print::constant("null")),
                Constant::Bool(boolean) => Ok(Print::constant(boolean.to_string())),
                Constant::String(text) => Ok(Print::constant(format!("\"{}\"", escaped(text)))),
                Constant::Number(number) if is_json(number) => Ok(Print::constant(number)),
                Constant::Number(_) => refuse(node, "a number that JSON would write in another way"),
            },
            Value::Made(made, on) => self.print_made(made, on),
            _ => {
                let part = self.part_of(node, value)?;
                Ok(Print::code(quote!(#part.print(out)?;)))
            }
        }
    }

    fn print_made(&mut self, node: &'f Node, on: &Context<'f>) -> Emitted<Print> {
        match &node.kind {
            NodeKind::Object(entries) => self.print_object(node, entries, on),
            NodeKind::Array(elements) => {
                let mark = self.name("mark");
                let outer = self.may_stream.replace(mark.clone());
                let elements = self.each(elements, on, &mut |emitter, value| {
                    emitter.may_stream = None;
                    let print = emitter.print(node, &value)?.into_tokens();
                    Ok(quote!(rt::scan::separate(out, #mark); #print))
                });
                self.may_stream = outer;
                let elements = elements?;
                let code = Print::code(quote!(let #mark = out.len(); #elements));
                Ok(Print::constant("[").then(code).then(Print::constant("]")))
            }
            _ => Ok(Print::constant("\"").then(self.characters(node, on)?).then(Print::constant("\""))),
        }
    }

    fn print_object(&mut self, node: &'f Node, entries: &'f [(Node, Node)], on: &Context<'f>) -> Emitted<Print> {
        let mut print = Print::constant("{");
        let mut keys = Vec::new();
        for (key, value) in entries {
            let NodeKind::Constant(Constant::String(name)) = &key.kind else {
                return refuse(key, "a key that is not constant");
            };
            if keys.contains(&name) {
                return refuse(node, "an object with a key that comes twice");
            }
            let comma = if keys.is_empty() { "" } else { "," };
            keys.push(name);
            let value = self.print_node(value, on)?;
            print = print.then(Print::constant(format!("{comma}\"{}\":", escaped(name)))).then(value);
        }
        Ok(print.then(Print::constant("}")))
    }

    /// Prints a string without its quotes.
    fn characters(&mut self, node: &'f Node, on: &Context<'f>) -> Emitted<Print> {
        match &node.kind {
            NodeKind::Constant(Constant::String(text)) => Ok(Print::constant(escaped(text))),
            NodeKind::Text(parts) => {
                parts.iter().try_fold(Print::default(), |print, part| Ok(print.then(self.characters(part, on)?)))
            }
            NodeKind::Math(left, Math::Add, right) if is_string(node) => {
                Ok(self.term(left, on)?.then(self.term(right, on)?))
            }
            NodeKind::Pipe(left, right) => {
                let mut made = Vec::new();
                let left = self.value(left, on, &mut made)?;
                let right = self.characters(right, &on.on(left))?;
                Ok(Print::code(quote!(#(#made)*)).then(right))
            }
            NodeKind::Call(op, arguments) => match (op.name, arguments.as_slice()) {
                ("tostring" | "@text", []) => self.tostring(node, &on.input),
                ("join", [separator]) => self.join(node, separator, on),
                _ => refuse(node, "this function"),
            },
            _ => {
                let part = self.part(node, on)?;
                Ok(Print::code(quote!(#part.print_string(out)?;)))
            }
        }
    }

    /// Prints a term of a sum that is a string.
    fn term(&mut self, node: &'f Node, on: &Context<'f>) -> Emitted<Print> {
        if is_string(node) {
            return self.characters(node, on);
        }
        if let NodeKind::Math(left, Math::Add, right) = &node.kind {
            return Ok(self.term(left, on)?.then(self.term(right, on)?));
        }
        let part = self.part(node, on)?;
        Ok(Print::code(quote!(#part.print_term(out)?;)))
    }

    /// Prints a value's `tostring` without its quotes.
    fn tostring(&mut self, node: &'f Node, value: &Value<'f>) -> Emitted<Print> {
        match value {
            Value::Made(made, on) if is_string(made) => self.characters(made, on),
            Value::Constant(Constant::String(text)) => Ok(Print::constant(escaped(text))),
            _ => {
                let part = self.part_of(node, value)?;
                Ok(Print::code(quote!(#part.print_tostring(out)?;)))
            }
        }
    }

    fn join(&mut self, node: &'f Node, separator: &'f Node, on: &Context<'f>) -> Emitted<Print> {
        let NodeKind::Constant(Constant::String(separator)) = &separator.kind else {
            return refuse(separator, "a separator that is not a constant string");
        };
        let separator = Literal::byte_string(escaped(separator).as_bytes());
        let Value::Made(made, inner) = &on.input else {
            let part = self.part_of(node, &on.input)?;
            return Ok(Print::code(quote!(#part.print_joined(#separator, out)?;)));
        };
        let NodeKind::Array(elements) = &made.kind else { return refuse(node, "this function") };
        let first = self.name("first");
        self.may_stream = None;
        let elements = self.each(elements, inner, &mut |emitter, value| {
            let print = emitter.tostring(node, &value)?.into_tokens();
            Ok(quote!(if !#first { out.extend_from_slice(#separator); } #first = false; #print))
        })?;
        Ok(Print::code(quote!(let mut #first = true; #elements)))
    }
}
