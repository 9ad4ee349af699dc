//! `reduce` and `foreach`.

use super::{Atom, Emit, Then, reads_input};
use crate::jq::native::ir::{Fold, Math, Node, NodeKind};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

impl Emit {
    /// `reduce` of one initial state whose update always has an output.
    pub(super) fn reduce_one(&mut self, fold: &Fold, input: &Atom) -> (TokenStream, Atom) {
        let (statements, init) = self.one(&fold.init, input);
        let state = self.name("state");
        let init = init.taken();
        let steps = self.steps_of(fold, input, &state, &mut |this, _| this.successor(fold, &state));
        let (statement, value) = self.bind(&quote!(rt::native::V::Owned(#state)));
        (quote!(#statements let mut #state = #init; #steps #statement), value)
    }

    pub(super) fn reduce(&mut self, fold: &Fold, input: &Atom, then: &mut Then<'_>) -> TokenStream {
        self.each(&fold.init, input, &mut |this, init| {
            let (state, ended) = (this.name("state"), this.name("ended"));
            let init = init.taken();
            let label = this.label();
            let block = this.flow_block(|this| {
                this.steps_of(fold, input, &state, &mut |this, _| {
                    let end = quote!(#ended = true; rt::native::leave(#label)?;);
                    this.next(fold, &state, &end)
                })
            });
            let name = this.name("v");
            let rest = this.inside(|this| {
                let value = this.owned(&name, 0);
                then(this, value)
            });
            quote! {
                let mut #state = #init;
                let mut #ended = false;
                rt::native::land(#block, #label)?;
                if !#ended {
                    let #name = rt::native::V::Owned(#state);
                    #rest
                }
            }
        })
    }

    pub(super) fn foreach(
        &mut self,
        fold: &Fold,
        extract: Option<&Node>,
        input: &Atom,
        then: &mut Then<'_>,
    ) -> TokenStream {
        self.each(&fold.init, input, &mut |this, init| {
            let state = this.name("state");
            let init = init.taken();
            let label = this.label();
            let block = this.flow_block(|this| {
                this.steps_of(fold, input, &state, &mut |this, place| {
                    let end = quote!(rt::native::leave(#label)?;);
                    let next = this.next(fold, &state, &end);
                    let rest = match extract {
                        Some(extract) => this.each(extract, place, then),
                        None => then(this, place.clone()),
                    };
                    quote!(#next #rest)
                })
            });
            quote! {
                let mut #state = #init;
                rt::native::land(#block, #label)?;
            }
        })
    }

    /// The loop: `step` for each binding, with the place of the state.
    fn steps_of(
        &mut self,
        fold: &Fold,
        input: &Atom,
        state: &Ident,
        step: &mut dyn FnMut(&mut Self, &Atom) -> TokenStream,
    ) -> TokenStream {
        self.each(&fold.source, input, &mut |this, source| {
            this.pattern(&fold.pattern, &source.share(), &mut |this| {
                let place = Atom::shared(quote!(&#state), this.depth);
                step(this, &place)
            })
        })
    }

    /// The next state of an update that has an output.
    fn successor(&mut self, fold: &Fold, state: &Ident) -> TokenStream {
        let place = Atom::shared(quote!(&#state), self.depth);
        // A state that is only added to is not copied.
        if let NodeKind::Math(left, Math::Add, right) = &fold.update.kind
            && left.kind == NodeKind::Input
            && right.is_one()
            && !reads_input(right)
        {
            let (statements, right) = self.one(right, &place);
            let right = right.value();
            return quote!(#statements rt::native::add_to(&mut #state, #right)?;);
        }
        let (statements, next) = self.one(&fold.update, &place);
        let next = next.taken();
        quote!(#statements #state = #next;)
    }

    /// The next state, or `end` if there is none.
    fn next(&mut self, fold: &Fold, state: &Ident, end: &TokenStream) -> TokenStream {
        if fold.update.is_one() {
            return self.successor(fold, state);
        }
        let next = self.name("next");
        let place = Atom::shared(quote!(&#state), self.depth);
        let update = self.each(&fold.update, &place, &mut |_, output| {
            let output = output.taken();
            quote!(#next = ::core::option::Option::Some(#output);)
        });
        quote! {
            let mut #next: ::core::option::Option<rt::native::Val> = ::core::option::Option::None;
            #update
            match #next {
                ::core::option::Option::Some(next) => #state = next,
                ::core::option::Option::None => { #end }
            }
        }
    }
}
