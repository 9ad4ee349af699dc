//! Filters with exactly one output.

use super::each::error_value;
use super::{Atom, Emit, reads_input};
use crate::jq::native::ir::{Cmp, Node, NodeKind};
use crate::jq::native::ops::Op;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

impl Emit {
    /// Statements, and what the output is then.
    pub(super) fn one(&mut self, node: &Node, input: &Atom) -> (TokenStream, Atom) {
        match &node.kind {
            NodeKind::Input => (TokenStream::new(), input.share()),
            NodeKind::Constant(constant) => (TokenStream::new(), self.constant(constant)),
            NodeKind::Variable(variable) => (TokenStream::new(), self.variable(*variable)),
            NodeKind::Pipe(left, right) if left.is_one() => {
                let (first, value) = self.one(left, input);
                let (second, output) = self.one(right, &value.share());
                (quote!(#first #second), output)
            }
            NodeKind::Array(inner) => {
                let name = self.name("items");
                let body = self.each(inner, input, &mut |_, item| {
                    let item = item.taken();
                    quote!(#name.push(#item);)
                });
                let (statement, array) = self.bind(&quote!(rt::native::array(#name)));
                (quote!(let mut #name = ::std::vec::Vec::new(); #body #statement), array)
            }
            NodeKind::If { condition, then, otherwise } if condition.is_one() => {
                self.choice(condition, then, otherwise, input)
            }
            NodeKind::Alternative(left, right) if left.is_one() => {
                let (statements, left) = self.one(left, input);
                let truth = left.reference();
                let name = self.name("v");
                let (right, borrows) = self.value_block(|this| this.one(right, input));
                let borrows = borrows.max(left.borrows);
                let left = left.value();
                let statement = quote!(let #name = if rt::native::truth(#truth) { #left } else #right;);
                (quote!(#statements #statement), self.owned(&name, borrows))
            }
            NodeKind::Logic { .. } | NodeKind::Compare(..) => {
                let (statements, truth) = self.truth(node, input);
                let (statement, value) = self.bind(&quote!(rt::native::boolean(#truth)));
                (quote!(#statements #statement), value)
            }
            NodeKind::Try { body, handler: Some(handler) } if body.is_one() && handler.is_one() => {
                self.attempt_one(body, handler, input)
            }
            NodeKind::Sure(inner) => {
                let block = self.result_block(|this| this.one(inner, input));
                self.bind(&quote!(rt::native::V::Owned(rt::native::sure(#block, ::core::option::Option::None)?)))
            }
            _ => self.only_output(node, input),
        }
    }

    /// By way of a filter's outputs, whose rules keep the one output in view where nothing runs more than once.
    fn only_output(&mut self, node: &Node, input: &Atom) -> (TokenStream, Atom) {
        if runs_straight(node) {
            let mut output = None;
            let statements = self.straight(node, input, &mut output);
            if let Some(output) = output {
                return (statements, output);
            }
        }
        if let NodeKind::Reduce(fold) = &node.kind
            && fold.update.is_one()
            && fold.init.is_one()
        {
            return self.reduce_one(fold, input);
        }
        if let NodeKind::Run(runner, filters) = &node.kind
            && let Some(done) = self.run_one(*runner, filters, input)
        {
            return done;
        }
        let name = self.name("only");
        let body = self.each_of_many(node, input, &name);
        let (statement, value) = self.bind(&quote!(rt::native::V::Owned(rt::native::one(#name)?)));
        (quote!(let mut #name = ::core::option::Option::None; #body #statement), value)
    }

    /// The outputs of a node that is known to have one, but not by its rules.
    fn each_of_many(&mut self, node: &Node, input: &Atom, name: &Ident) -> TokenStream {
        let mut many = node.clone();
        many.outputs.most = None;
        self.each(&many, input, &mut |_, output| {
            let output = output.taken();
            quote!(#name = ::core::option::Option::Some(#output);)
        })
    }

    /// A node all of whose parts have one output: nothing is around the code that takes it.
    fn straight(&mut self, node: &Node, input: &Atom, output: &mut Option<Atom>) -> TokenStream {
        let mut many = node.clone();
        many.outputs.most = None;
        self.each(&many, input, &mut |_, value| {
            *output = Some(value);
            TokenStream::new()
        })
    }

    fn choice(&mut self, condition: &Node, then: &Node, otherwise: &Node, input: &Atom) -> (TokenStream, Atom) {
        let (statements, truth) = self.truth(condition, input);
        let name = self.name("v");
        let (yes, one) = self.value_block(|this| this.one(then, input));
        let (no, other) = self.value_block(|this| this.one(otherwise, input));
        (quote!(#statements let #name = if #truth #yes else #no;), self.owned(&name, one.max(other)))
    }

    /// A closure of type `FnOnce() -> Result<Val, Stop>`, to be run where it stands.
    fn result_block(&mut self, emit: impl FnOnce(&mut Self) -> (TokenStream, Atom)) -> TokenStream {
        let (statements, value) = self.inside(emit);
        let value = value.taken();
        quote! {
            rt::native::block(|| -> ::core::result::Result<rt::native::Val, rt::native::Stop> {
                #statements
                ::core::result::Result::Ok(#value)
            })
        }
    }

    fn attempt_one(&mut self, body: &Node, handler: &Node, input: &Atom) -> (TokenStream, Atom) {
        let (name, error, reads) = (self.name("v"), self.name("v"), reads_input(handler));
        let block = self.result_block(|this| this.one(body, input));
        let (handler, borrows) = self.value_block(|this| {
            let value = this.owned(&error, 0).share();
            let (statements, output) = this.one(handler, &value);
            let value = error_value(reads, &error);
            (quote!(#value #statements), output)
        });
        let statement = quote! {
            let #name = match rt::native::caught(#block, ::core::option::Option::None)? {
                ::core::result::Result::Ok(value) => rt::native::V::Owned(value),
                ::core::result::Result::Err(failure) => #handler
            };
        };
        (statement, self.owned(&name, borrows))
    }

    /// Statements, and an expression that says whether the output is true.
    pub(super) fn truth(&mut self, node: &Node, input: &Atom) -> (TokenStream, TokenStream) {
        match &node.kind {
            NodeKind::Compare(left, cmp, right) if left.is_one() && right.is_one() => {
                let (first, left) = self.one(left, input);
                let (second, right) = self.one(right, input);
                (quote!(#first #second), comparison(*cmp, &left, &right))
            }
            NodeKind::Logic { stop, left, right } if left.is_one() && right.is_one() => {
                let (first, left) = self.truth(left, input);
                let (second, right) = self.inside(|this| this.truth(right, input));
                let operator = if *stop { quote!(||) } else { quote!(&&) };
                let name = self.name("is");
                let right = if second.is_empty() { right } else { quote!({ #second #right }) };
                (quote!(#first let #name = #left #operator #right;), quote!(#name))
            }
            NodeKind::Pipe(inner, not) if inner.is_one() && is_not(not) => {
                let (statements, truth) = self.truth(inner, input);
                (statements, quote!(!#truth))
            }
            _ => {
                let (statements, value) = self.one(node, input);
                let value = value.reference();
                (statements, quote!(rt::native::truth(#value)))
            }
        }
    }

    /// An object of keys and values in turn.
    pub(super) fn object(&mut self, parts: &[Atom]) -> (TokenStream, Atom) {
        let name = self.name("entries");
        let puts = parts.chunks_exact(2).map(|pair| {
            let (key, value) = (pair[0].value(), pair[1].value());
            quote!(rt::native::put(&mut #name, #key, #value);)
        });
        let statements = quote!(let mut #name = rt::native::entries(); #(#puts)*);
        let (statement, object) = self.bind(&quote!(rt::native::object(#name)));
        (quote!(#statements #statement), object)
    }

    /// A string of parts.
    pub(super) fn text(&mut self, parts: &[Atom]) -> (TokenStream, Atom) {
        let name = self.name("text");
        let pushes = parts.iter().map(|part| {
            let part = part.reference();
            quote!(#name.push(#part)?;)
        });
        let statements = quote!(let mut #name = rt::native::Text::new(); #(#pushes)*);
        let (statement, text) = self.bind(&quote!(#name.finish()));
        (quote!(#statements #statement), text)
    }

    /// A function of the runtime.
    pub(super) fn call(&mut self, op: &Op, input: &Atom, arguments: &[Atom]) -> (TokenStream, Atom) {
        let function = super::super::ident(op.rust);
        let input = input.reference();
        let arguments = arguments.iter().map(Atom::reference);
        self.bind(&quote!(rt::native::V::Owned(rt::native::ops::#function(#input #(, #arguments)*)?)))
    }
}

pub(super) fn comparison(cmp: Cmp, left: &Atom, right: &Atom) -> TokenStream {
    let function = match cmp {
        Cmp::Eq => quote!(eq),
        Cmp::Ne => quote!(ne),
        Cmp::Lt => quote!(lt),
        Cmp::Le => quote!(le),
        Cmp::Gt => quote!(gt),
        Cmp::Ge => quote!(ge),
    };
    let (left, right) = (left.reference(), right.reference());
    quote!(rt::native::#function(#left, #right))
}

fn is_not(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Call(op, _) if op.rust == "not")
}

/// Whether the rule for any number of outputs puts nothing around the code that takes the one.
fn runs_straight(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Path { steps, .. } => {
            steps.iter().all(|step| !step.optional) && node.parts().into_iter().all(Node::is_one)
        }
        NodeKind::Bind { .. }
        | NodeKind::Negate(_)
        | NodeKind::Math(..)
        | NodeKind::Object(_)
        | NodeKind::Text(_)
        | NodeKind::Call(..) => node.parts().into_iter().all(Node::is_one),
        _ => false,
    }
}
