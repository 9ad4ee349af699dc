//! jq programs as Rust: each rule of the IR gives the code of one construct, whatever is in it and around it.
//!
//! A filter that has exactly one output becomes statements that leave it in a variable; any other becomes loops and
//! closures around the code that takes its outputs. What takes them is written once: where a construct gives outputs at
//! several places, it is a closure.

mod each;
mod fold;
mod one;
mod run;

use crate::jq::native::ir::{Constant, Filter, Node, NodeKind, Pattern, Var};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

/// An expression of type `rt::native::Native`, with all it needs.
pub(crate) fn native(filter: &Filter) -> TokenStream {
    let mut emit = Emit::default();
    let input = Atom::shared(quote!(input), 0);
    let body = emit.each(&filter.root, &input, &mut |_, output| {
        let output = output.value();
        quote!(out(#output)?;)
    });
    let literals = emit.literals.iter().map(literal);
    quote! {{
        fn run(
            c: &[rt::native::Val],
            input: &rt::native::Val,
            vars: &[rt::native::Val],
            out: &mut rt::native::Sink<'_>,
        ) -> rt::native::Flow {
            #body
            ::core::result::Result::Ok(())
        }
        rt::native::Native::new(&[#(#literals),*], run)
    }}
}

fn literal(constant: &Constant) -> TokenStream {
    match constant {
        Constant::Null => quote!(rt::native::Literal::Null),
        Constant::Bool(value) => quote!(rt::native::Literal::Bool(#value)),
        Constant::Number(digits) => quote!(rt::native::Literal::Number(#digits)),
        Constant::String(text) => quote!(rt::native::Literal::Str(#text)),
    }
}

/// Code under construction.
#[derive(Default)]
struct Emit {
    literals: Vec<Constant>,
    /// Where the value of each variable is.
    variables: BTreeMap<Var, Atom>,
    /// How many names have been given.
    names: u32,
    /// How many blocks and closures are around.
    depth: u32,
}

/// Code that takes an output.
type Then<'t> = dyn FnMut(&mut Emit, Atom) -> TokenStream + 't;

/// A value in the generated code.
#[derive(Clone)]
struct Atom {
    tokens: TokenStream,
    /// Whether the tokens are a variable of type `V`, to be used up once; an expression of type `&Val` otherwise.
    owned: bool,
    /// The depth at which the variable is declared.
    lives: u32,
    /// The depth at which what the value borrows from is declared.
    borrows: u32,
}

impl Atom {
    /// An expression of type `&Val`.
    const fn shared(tokens: TokenStream, borrows: u32) -> Self {
        Self { tokens, owned: false, lives: borrows, borrows }
    }

    /// As `&Val`.
    fn reference(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.owned { quote!(&*#tokens) } else { tokens.clone() }
    }

    /// As `V`.
    fn value(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.owned { tokens.clone() } else { quote!(rt::native::V::Borrowed(#tokens)) }
    }

    /// As `Val`.
    fn taken(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.owned { quote!(#tokens.into_owned()) } else { quote!(::core::clone::Clone::clone(#tokens)) }
    }

    /// The same value, to be used any number of times.
    fn share(&self) -> Self {
        if self.owned { Self::shared(self.reference(), self.lives) } else { self.clone() }
    }

    /// As [`share`](Self::share) if what follows runs more than once.
    fn before(self, node: &Node) -> Self {
        if node.is_one() { self } else { self.share() }
    }
}

impl Emit {
    fn name(&mut self, prefix: &str) -> Ident {
        self.names += 1;
        format_ident!("{prefix}{}", self.names)
    }

    /// A number that no other label has.
    fn label(&mut self) -> Literal {
        self.names += 1;
        Literal::u32_unsuffixed(self.names)
    }

    fn constant(&mut self, constant: &Constant) -> Atom {
        let known = self.literals.iter().position(|literal| literal == constant);
        let index = known.unwrap_or_else(|| {
            self.literals.push(constant.clone());
            self.literals.len() - 1
        });
        let index = Literal::usize_unsuffixed(index);
        Atom::shared(quote!(&c[#index]), 0)
    }

    fn variable(&self, variable: Var) -> Atom {
        self.variables.get(&variable).cloned().unwrap_or_else(|| {
            let index = Literal::u32_unsuffixed(variable.0);
            Atom::shared(quote!(&vars[#index]), 0)
        })
    }

    /// A variable of type `V` declared here.
    fn owned(&self, name: &Ident, borrows: u32) -> Atom {
        Atom { tokens: quote!(#name), owned: true, lives: self.depth, borrows }
    }

    /// `let` of a `V` that borrows nothing.
    fn bind(&mut self, expression: &TokenStream) -> (TokenStream, Atom) {
        let name = self.name("v");
        (quote!(let #name = #expression;), self.owned(&name, 0))
    }

    /// Code that is one block deeper.
    fn inside<T>(&mut self, emit: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let inner = emit(self);
        self.depth -= 1;
        inner
    }

    /// A block that gives a value as `V`; and the depth of what that borrows from.
    fn value_block(&mut self, emit: impl FnOnce(&mut Self) -> (TokenStream, Atom)) -> (TokenStream, u32) {
        let outside = self.depth;
        let (statements, atom) = self.inside(emit);
        if atom.borrows > outside || (!atom.owned && atom.lives > outside) {
            let value = atom.taken();
            return (quote!({ #statements rt::native::V::Owned(#value) }), 0);
        }
        let value = atom.value();
        (quote!({ #statements #value }), atom.borrows)
    }

    /// A closure of type `FnOnce() -> Flow`, to be run where it stands.
    fn flow_block(&mut self, emit: impl FnOnce(&mut Self) -> TokenStream) -> TokenStream {
        let body = self.inside(emit);
        quote! {
            rt::native::block(|| -> rt::native::Flow {
                #body
                ::core::result::Result::Ok(())
            })
        }
    }

    /// A closure that takes outputs as `V`.
    fn sink(&mut self, then: &mut Then<'_>) -> TokenStream {
        let name = self.name("v");
        let body = self.inside(|this| {
            let atom = this.owned(&name, this.depth);
            then(this, atom)
        });
        quote! {
            |#name: rt::native::V<'_>| -> rt::native::Flow {
                #body
                ::core::result::Result::Ok(())
            }
        }
    }

    /// What takes outputs, as a closure, and code that calls it: for constructs that give outputs at several places.
    fn several(
        &mut self,
        then: &mut Then<'_>,
        emit: impl FnOnce(&mut Self, &mut Then<'_>) -> TokenStream,
    ) -> TokenStream {
        let name = self.name("then");
        let sink = self.sink(then);
        let body = emit(self, &mut |_, output| {
            let output = output.value();
            quote!(#name(#output)?;)
        });
        quote! {
            let mut #name = #sink;
            #body
        }
    }

    /// For each way to take a value apart.
    fn pattern(
        &mut self,
        pattern: &Pattern,
        value: &Atom,
        then: &mut dyn FnMut(&mut Self) -> TokenStream,
    ) -> TokenStream {
        match pattern {
            Pattern::Variable(variable) => {
                self.variables.insert(*variable, value.clone());
                then(self)
            }
            Pattern::Entries(entries) => self.entries(entries, value, then),
        }
    }

    fn entries(
        &mut self,
        entries: &[(Node, Pattern)],
        value: &Atom,
        then: &mut dyn FnMut(&mut Self) -> TokenStream,
    ) -> TokenStream {
        let Some(((key, pattern), rest)) = entries.split_first() else { return then(self) };
        self.each(key, value, &mut |this, key| {
            let (from, key) = (value.reference(), key.reference());
            let name = this.name("v");
            let part = this.owned(&name, value.borrows).share();
            let inner = this.pattern(pattern, &part, &mut |this| this.entries(rest, value, then));
            quote! {
                let #name = rt::native::index(#from, #key)?;
                #inner
            }
        })
    }
}

/// Whether a node may look at its input.
fn reads_input(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Input | NodeKind::Error | NodeKind::Update { .. } | NodeKind::Call(..) | NodeKind::Run(..) => true,
        NodeKind::Pipe(left, _) => reads_input(left),
        _ => node.parts().into_iter().any(reads_input),
    }
}
