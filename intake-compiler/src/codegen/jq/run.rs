//! What runs the filters it is given.

use super::{Atom, Emit, Then};
use crate::jq::native::ir::{Change, Node, Runner, Step, StepKind};
use proc_macro2::TokenStream;
use quote::quote;

impl Emit {
    /// Those with exactly one output.
    pub(super) fn run_one(&mut self, runner: Runner, filters: &[Node], input: &Atom) -> Option<(TokenStream, Atom)> {
        let value = input.reference();
        let expression = match runner {
            Runner::Add => {
                let sum = self.name("sum");
                let body = self.each(&filters[0], input, &mut |_, output| {
                    let output = output.value();
                    quote!(rt::native::add_to(&mut #sum, #output)?;)
                });
                let (statement, output) = self.bind(&quote!(rt::native::V::Owned(#sum)));
                return Some((quote!(let mut #sum = rt::native::Val::Null; #body #statement), output));
            }
            Runner::Until => return Some(self.until(&filters[0], &filters[1], input)),
            Runner::MapValues => {
                let filter = self.filter(&filters[0]);
                quote!(rt::native::map_values(#value, #filter)?)
            }
            Runner::SortBy => {
                let keys = self.keys(&filters[0]);
                quote!(rt::native::sort_by(#value, #keys)?)
            }
            Runner::GroupBy => {
                let keys = self.keys(&filters[0]);
                quote!(rt::native::group_by(#value, #keys)?)
            }
            Runner::First
            | Runner::Last
            | Runner::Limit
            | Runner::Skip
            | Runner::Range
            | Runner::Recurse
            | Runner::MinBy
            | Runner::MaxBy
            | Runner::FromJson => return None,
        };
        Some(self.bind(&expression))
    }

    pub(super) fn run(
        &mut self,
        runner: Runner,
        filters: &[Node],
        node: &Node,
        input: &Atom,
        then: &mut Then<'_>,
    ) -> TokenStream {
        let value = input.reference();
        match runner {
            Runner::First => {
                let label = self.label();
                self.kept(
                    &filters[0],
                    input,
                    Some(&quote!(rt::native::leave(#label)?;)),
                    then,
                    |block| quote!(rt::native::land(#block, #label)?;),
                )
            }
            Runner::Last => self.kept(&filters[0], input, None, then, |block| quote!(#block?;)),
            Runner::Limit => self.limit(&filters[0], &filters[1], input, then),
            Runner::Skip => self.skip(&filters[0], &filters[1], input, then),
            Runner::Range => {
                let filters: Vec<&Node> = filters.iter().collect();
                self.all(&filters, input, Vec::new(), &mut |this, bounds| {
                    let sink = this.sink(then);
                    let (from, to, by) = (bounds[0].value(), bounds[1].reference(), bounds[2].reference());
                    quote!(rt::native::range(#from, #to, #by, #sink)?;)
                })
            }
            Runner::Recurse => {
                let filter = self.filter(&filters[0]);
                let sink = self.sink(then);
                let value = input.value();
                quote!(rt::native::recurse(#value, &#filter, &mut #sink)?;)
            }
            Runner::MinBy | Runner::MaxBy => {
                let keys = self.keys(&filters[0]);
                let function = if runner == Runner::MinBy { quote!(min_by) } else { quote!(max_by) };
                let name = self.name("v");
                let rest = self.inside(|this| {
                    let value = this.owned(&name, input.borrows.max(input.lives));
                    then(this, value)
                });
                quote! {
                    if let ::core::option::Option::Some(#name) = rt::native::#function(#value, #keys)? {
                        #rest
                    }
                }
            }
            Runner::FromJson => {
                let sink = self.sink(then);
                quote!(rt::native::from_json(#value, #sink)?;)
            }
            Runner::Add | Runner::Until | Runner::MapValues | Runner::SortBy | Runner::GroupBy => {
                let (statements, output) = match self.run_one(runner, filters, input) {
                    Some(done) => done,
                    None => self.one(node, input),
                };
                let rest = then(self, output);
                quote!(#statements #rest)
            }
        }
    }

    /// `|=`, `=` and the like.
    pub(super) fn update(&mut self, steps: &[Step], change: &Change, input: &Atom, then: &mut Then<'_>) -> TokenStream {
        if let Change::Filter(filter) = change {
            let filter = self.filter(filter);
            return self.updated(steps, input, &filter, then);
        }
        self.each(change.filter(), input, &mut |this, value| {
            let value = value.share();
            let (item, sink) = (this.name("v"), this.name("sink"));
            let (old, new) = (quote!(rt::native::V::Borrowed(#item)), value.value());
            let changed = match change {
                Change::Math(math, _) => {
                    let function = super::each::function(*math);
                    quote!(rt::native::#function(#old, #new)?)
                }
                Change::Alternative(_) => quote!(if rt::native::truth(#item) { #old } else { #new }),
                Change::Filter(_) | Change::Set(_) => new,
            };
            let filter = quote! {
                |#item: &rt::native::Val, #sink: &mut rt::native::Sink<'_>| -> rt::native::Flow { #sink(#changed) }
            };
            this.updated(steps, input, &filter, then)
        })
    }

    /// The input with what is at the end of the steps changed by `filter`.
    fn updated(&mut self, steps: &[Step], input: &Atom, filter: &TokenStream, then: &mut Then<'_>) -> TokenStream {
        let (state, change) = (self.name("state"), self.name("change"));
        let init = input.share().taken();
        let filters: Vec<&Node> = steps.iter().flat_map(Step::filters).collect();
        let body = self.all(&filters, input, Vec::new(), &mut |_, filters| {
            let mut filters = filters.iter().peekable();
            let steps = steps.iter().map(|step| {
                let optional = step.optional;
                match (&step.kind, filters.next_if(|_| matches!(step.kind, StepKind::Index(_)))) {
                    (_, Some(index)) => {
                        let index = index.reference();
                        quote!(rt::native::Step::Index(#index, #optional))
                    }
                    (_, None) => quote!(rt::native::Step::Each(#optional)),
                }
            });
            quote!(rt::native::update(&mut #state, &[#(#steps),*], &mut #change)?;)
        });
        let (statement, output) = self.bind(&quote!(rt::native::V::Owned(#state)));
        let rest = then(self, output);
        quote! {
            let mut #state = #init;
            let mut #change = #filter;
            #body
            #statement
            #rest
        }
    }

    /// A closure that gives a filter's outputs for an input.
    fn filter(&mut self, filter: &Node) -> TokenStream {
        let (item, sink) = (self.name("v"), self.name("sink"));
        let body = self.inside(|this| {
            let input = Atom::shared(quote!(#item), this.depth);
            this.each(filter, &input, &mut |_, output| {
                let output = output.value();
                quote!(#sink(#output)?;)
            })
        });
        quote! {
            |#item: &rt::native::Val, #sink: &mut rt::native::Sink<'_>| -> rt::native::Flow {
                #body
                ::core::result::Result::Ok(())
            }
        }
    }

    /// A closure that collects a filter's outputs for an input.
    fn keys(&mut self, filter: &Node) -> TokenStream {
        let (item, keys) = (self.name("v"), self.name("keys"));
        let body = self.inside(|this| {
            let input = Atom::shared(quote!(#item), this.depth);
            this.each(filter, &input, &mut |_, output| {
                let output = output.taken();
                quote!(#keys.push(#output);)
            })
        });
        quote! {
            &mut |#item: &rt::native::Val, #keys: &mut ::std::vec::Vec<rt::native::Val>| -> rt::native::Flow {
                #body
                ::core::result::Result::Ok(())
            }
        }
    }

    /// The first output, if the filter stops there, or the last.
    fn kept(
        &mut self,
        filter: &Node,
        input: &Atom,
        stop: Option<&TokenStream>,
        then: &mut Then<'_>,
        end: impl FnOnce(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let (kept, name) = (self.name("kept"), self.name("v"));
        let block = self.flow_block(|this| {
            this.each(filter, input, &mut |_, output| {
                let output = output.taken();
                quote!(#kept = ::core::option::Option::Some(#output); #stop)
            })
        });
        let end = end(block);
        let rest = self.inside(|this| {
            let value = this.owned(&name, 0);
            then(this, value)
        });
        quote! {
            let mut #kept: ::core::option::Option<rt::native::Val> = ::core::option::Option::None;
            #end
            if let ::core::option::Option::Some(#kept) = #kept {
                let #name = rt::native::V::Owned(#kept);
                #rest
            }
        }
    }

    fn limit(&mut self, count: &Node, filter: &Node, input: &Atom, then: &mut Then<'_>) -> TokenStream {
        self.each(count, input, &mut |this, count| {
            let (left, label) = (this.name("left"), this.label());
            let count = count.reference();
            let block = this.flow_block(|this| {
                this.each(filter, input, &mut |this, output| {
                    let rest = then(this, output);
                    quote! {
                        #left -= 1;
                        #rest
                        if #left <= 0 {
                            rt::native::leave(#label)?;
                        }
                    }
                })
            });
            quote! {
                let mut #left = rt::native::count(#count)?;
                if #left > 0 {
                    rt::native::land(#block, #label)?;
                }
            }
        })
    }

    fn skip(&mut self, count: &Node, filter: &Node, input: &Atom, then: &mut Then<'_>) -> TokenStream {
        self.each(count, input, &mut |this, count| {
            let left = this.name("left");
            let count = count.reference();
            let body = this.each(filter, input, &mut |this, output| {
                let rest = this.inside(|this| then(this, output));
                quote! {
                    if #left > 0 {
                        #left -= 1;
                    } else {
                        #rest
                    }
                }
            });
            quote! {
                let mut #left = rt::native::count(#count)?;
                #body
            }
        })
    }

    fn until(&mut self, condition: &Node, update: &Node, input: &Atom) -> (TokenStream, Atom) {
        let state = self.name("state");
        let init = input.taken();
        let body = self.inside(|this| {
            let place = Atom::shared(quote!(&#state), this.depth);
            let (first, truth) = this.truth(condition, &place);
            let (second, next) = this.one(update, &place);
            let next = next.taken();
            quote! {
                #first
                if #truth {
                    break;
                }
                #second
                #state = #next;
            }
        });
        let (statement, value) = self.bind(&quote!(rt::native::V::Owned(#state)));
        (quote!(let mut #state = #init; loop { #body } #statement), value)
    }
}
