//! Filters with any number of outputs.

use super::one::comparison;
use super::{Atom, Emit, Then, reads_input};
use crate::jq::native::ir::{Math, Node, NodeKind, Step, StepKind};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

impl Emit {
    /// Statements that run `then` for each output. It must not use up a variable from outside if there can be other
    /// than one.
    pub(super) fn each(&mut self, node: &Node, input: &Atom, then: &mut Then<'_>) -> TokenStream {
        if node.is_one() {
            let (statements, output) = self.one(node, input);
            let rest = then(self, output);
            return quote!(#statements #rest);
        }
        match &node.kind {
            NodeKind::Input | NodeKind::Constant(_) | NodeKind::Variable(_) | NodeKind::Array(_) => {
                let (statements, output) = self.one(node, input);
                let rest = then(self, output);
                quote!(#statements #rest)
            }
            NodeKind::Empty => TokenStream::new(),
            NodeKind::Error => {
                let value = input.value();
                quote!(rt::native::error(#value)?;)
            }
            NodeKind::Break(label) => {
                let label = user_label(label.0);
                quote!(rt::native::leave(#label)?;)
            }
            NodeKind::Path { head, steps } => self.each(head, input, &mut |this, head| {
                let filters: Vec<&Node> = steps.iter().flat_map(Step::filters).collect();
                let head = head.share();
                this.all(&filters, input, Vec::new(), &mut |this, filters| this.steps(steps, &head, filters, then))
            }),
            NodeKind::Pipe(left, right) => {
                self.each(left, input, &mut |this, left| this.each(right, &left.share(), then))
            }
            NodeKind::Bind { source, pattern, body } => self.each(source, input, &mut |this, source| {
                this.pattern(pattern, &source.share(), &mut |this| this.each(body, input, then))
            }),
            NodeKind::Comma(left, right) => self.several(then, |this, then| {
                let left = this.each(left, input, then);
                let right = this.each(right, input, then);
                quote!(#left #right)
            }),
            NodeKind::Alternative(left, right) => self.alternative(left, right, input, then),
            NodeKind::Logic { stop, left, right } => self.logic(*stop, left, right, input, then),
            // What takes the outputs stands once, as no closure: `select` is the most usual condition.
            NodeKind::If { condition, then: yes, otherwise } if otherwise.kind == NodeKind::Empty => {
                self.each_truth(condition, input, &mut |this, truth| {
                    let yes = this.inside(|this| this.each(yes, input, then));
                    quote!(if #truth { #yes })
                })
            }
            NodeKind::If { condition, then: yes, otherwise } => self.several(then, |this, then| {
                this.each_truth(condition, input, &mut |this, truth| {
                    let yes = this.inside(|this| this.each(yes, input, then));
                    let no = this.inside(|this| this.each(otherwise, input, then));
                    quote!(if #truth { #yes } else { #no })
                })
            }),
            NodeKind::Negate(inner) => self.each(inner, input, &mut |this, value| {
                let value = value.value();
                let (statement, value) = this.bind(&quote!(rt::native::negate(#value)?));
                let rest = then(this, value);
                quote!(#statement #rest)
            }),
            NodeKind::Math(left, math, right) => self.each(left, input, &mut |this, left| {
                let left = left.before(right);
                this.each(right, input, &mut |this, right| {
                    let (statement, value) = this.arithmetic(*math, &left, &right);
                    let rest = then(this, value);
                    quote!(#statement #rest)
                })
            }),
            NodeKind::Compare(left, cmp, right) => self.each(left, input, &mut |this, left| {
                let left = left.share();
                this.each(right, input, &mut |this, right| {
                    let truth = comparison(*cmp, &left, &right);
                    let (statement, value) = this.bind(&quote!(rt::native::boolean(#truth)));
                    let rest = then(this, value);
                    quote!(#statement #rest)
                })
            }),
            NodeKind::Object(entries) => {
                let parts: Vec<&Node> = entries.iter().flat_map(|(key, value)| [key, value]).collect();
                self.all(&parts, input, Vec::new(), &mut |this, parts| {
                    let (statements, object) = this.object(parts);
                    let rest = then(this, object);
                    quote!(#statements #rest)
                })
            }
            NodeKind::Text(parts) => {
                let parts: Vec<&Node> = parts.iter().collect();
                self.all(&parts, input, Vec::new(), &mut |this, parts| {
                    let (statements, text) = this.text(parts);
                    let rest = then(this, text);
                    quote!(#statements #rest)
                })
            }
            NodeKind::Try { body, handler } => self.attempt(body, handler.as_deref(), input, then),
            NodeKind::Sure(inner) => {
                self.watched(inner, input, then, |outcome, held| quote!(rt::native::sure(#outcome, #held)?;))
            }
            NodeKind::Label(label, body) => {
                let block = self.flow_block(|this| this.each(body, input, then));
                let label = user_label(label.0);
                quote!(rt::native::land(#block, #label)?;)
            }
            NodeKind::Update { steps, change } => self.update(steps, change, input, then),
            NodeKind::Reduce(fold) => self.reduce(fold, input, then),
            NodeKind::Foreach(fold, extract) => self.foreach(fold, extract.as_deref(), input, then),
            NodeKind::Call(op, arguments) => {
                let arguments: Vec<&Node> = arguments.iter().collect();
                self.all(&arguments, input, Vec::new(), &mut |this, arguments| {
                    let (statement, value) = this.call(op, input, arguments);
                    let rest = then(this, value);
                    quote!(#statement #rest)
                })
            }
            NodeKind::Run(runner, filters) => self.run(*runner, filters, node, input, then),
        }
    }

    /// For each combination of the outputs of filters; the first varies slowest.
    pub(super) fn all(
        &mut self,
        filters: &[&Node],
        input: &Atom,
        done: Vec<Atom>,
        then: &mut dyn FnMut(&mut Self, &[Atom]) -> TokenStream,
    ) -> TokenStream {
        let Some((first, rest)) = filters.split_first() else { return then(self, &done) };
        self.each(first, input, &mut |this, output| {
            let output = if rest.iter().all(|filter| filter.is_one()) { output } else { output.share() };
            let mut done = done.clone();
            done.push(output);
            this.all(rest, input, done, then)
        })
    }

    /// The steps of a path from a value; `filters` are the outputs of the filters in them.
    fn steps(&mut self, steps: &[Step], from: &Atom, filters: &[Atom], then: &mut Then<'_>) -> TokenStream {
        let Some((step, rest)) = steps.split_first() else { return then(self, from.clone()) };
        let base = from.reference();
        let (expression, filters) = match &step.kind {
            StepKind::Iterate => return self.iterate(step.optional, rest, from, filters, then),
            StepKind::Index(_) => {
                let index = filters[0].reference();
                (quote!(rt::native::index(#base, #index)), &filters[1..])
            }
            StepKind::Slice(low, high) => {
                let (low, high, used) = bounds(low.is_some(), high.is_some(), filters);
                (quote!(rt::native::slice(#base, #low, #high)), &filters[used..])
            }
        };
        let name = self.name("v");
        if step.optional {
            let rest = self.inside(|this| {
                let value = this.owned(&name, from.borrows);
                let value = if rest.is_empty() { value } else { value.share() };
                this.steps(rest, &value, filters, then)
            });
            return quote! {
                if let ::core::option::Option::Some(#name) = rt::native::optional(#expression)? {
                    #rest
                }
            };
        }
        let value = self.owned(&name, from.borrows);
        let value = if rest.is_empty() { value } else { value.share() };
        let rest = self.steps(rest, &value, filters, then);
        quote! {
            let #name = #expression?;
            #rest
        }
    }

    fn iterate(
        &mut self,
        optional: bool,
        rest: &[Step],
        from: &Atom,
        filters: &[Atom],
        then: &mut Then<'_>,
    ) -> TokenStream {
        let base = from.reference();
        let item = self.name("v");
        let body = self.inside(|this| {
            let value = Atom::shared(quote!(#item), from.borrows.max(from.lives));
            this.steps(rest, &value, filters, then)
        });
        let each = if optional { quote!(each_or_none) } else { quote!(each) };
        quote! {
            rt::native::#each(#base, |#item| -> rt::native::Flow {
                #body
                ::core::result::Result::Ok(())
            })?;
        }
    }

    fn alternative(&mut self, left: &Node, right: &Node, input: &Atom, then: &mut Then<'_>) -> TokenStream {
        let any = self.name("any");
        let body = self.several(then, |this, then| {
            let left = this.each(left, input, &mut |this, value| {
                let truth = value.reference();
                let then = this.inside(|this| then(this, value));
                quote! {
                    if rt::native::truth(#truth) {
                        #any = true;
                        #then
                    }
                }
            });
            let right = this.inside(|this| this.each(right, input, then));
            quote! {
                #left
                if !#any { #right }
            }
        });
        quote! {
            let mut #any = false;
            #body
        }
    }

    fn logic(&mut self, stop: bool, left: &Node, right: &Node, input: &Atom, then: &mut Then<'_>) -> TokenStream {
        self.several(then, |this, then| {
            this.each_truth(left, input, &mut |this, truth| {
                let decided = this.inside(|this| {
                    let (statement, value) = this.bind(&quote!(rt::native::boolean(#stop)));
                    let then = then(this, value);
                    quote!(#statement #then)
                });
                let undecided = this.inside(|this| {
                    this.each_truth(right, input, &mut |this, truth| {
                        let (statement, value) = this.bind(&quote!(rt::native::boolean(#truth)));
                        let then = then(this, value);
                        quote!(#statement #then)
                    })
                });
                quote!(if #truth == #stop { #decided } else { #undecided })
            })
        })
    }

    /// For each output of a condition, an expression that says whether it is true.
    fn each_truth(
        &mut self,
        node: &Node,
        input: &Atom,
        then: &mut dyn FnMut(&mut Self, TokenStream) -> TokenStream,
    ) -> TokenStream {
        if node.is_one() {
            let (statements, truth) = self.truth(node, input);
            let name = self.name("is");
            let rest = then(self, quote!(#name));
            return quote!(#statements let #name = #truth; #rest);
        }
        self.each(node, input, &mut |this, value| {
            let value = value.reference();
            then(this, quote!(rt::native::truth(#value)))
        })
    }

    pub(super) fn arithmetic(&mut self, math: Math, left: &Atom, right: &Atom) -> (TokenStream, Atom) {
        let function = function(math);
        let (left, right) = (left.value(), right.value());
        self.bind(&quote!(rt::native::#function(#left, #right)?))
    }

    fn attempt(&mut self, body: &Node, handler: Option<&Node>, input: &Atom, then: &mut Then<'_>) -> TokenStream {
        let Some(handler) = handler else {
            return self.watched(body, input, then, |outcome, held| quote!(_ = rt::native::caught(#outcome, #held)?;));
        };
        self.several(then, |this, then| {
            let caught = this.name("caught");
            let body = this.watched(
                body,
                input,
                then,
                |outcome, held| quote!(let #caught = rt::native::caught(#outcome, #held)?;),
            );
            let (error, reads) = (this.name("v"), reads_input(handler));
            let handler = this.inside(|this| {
                let value = this.owned(&error, 0).share();
                this.each(handler, &value, then)
            });
            let value = error_value(reads, &error);
            quote! {
                #body
                if let ::core::result::Result::Err(failure) = #caught {
                    #value
                    #handler
                }
            }
        })
    }

    /// A filter whose own outcome is told from that of what takes its outputs.
    fn watched(
        &mut self,
        body: &Node,
        input: &Atom,
        then: &mut Then<'_>,
        end: impl FnOnce(TokenStream, TokenStream) -> TokenStream,
    ) -> TokenStream {
        let (held, outcome) = (self.name("held"), self.name("outcome"));
        let block = self.flow_block(|this| {
            this.each(body, input, &mut |this, output| {
                let value = output.value();
                let name = this.name("v");
                let block = this.flow_block(|this| {
                    let value = this.owned(&name, output.borrows.max(output.lives));
                    then(this, value)
                });
                quote! {
                    let #name = #value;
                    rt::native::hold(#block, &mut #held)?;
                }
            })
        });
        let end = end(quote!(#outcome), quote!(#held));
        quote! {
            let mut #held = ::core::option::Option::None;
            let #outcome = #block;
            #end
        }
    }
}

/// The runtime's function for an operator.
pub(super) fn function(math: Math) -> TokenStream {
    match math {
        Math::Add => quote!(add),
        Math::Sub => quote!(sub),
        Math::Mul => quote!(mul),
        Math::Div => quote!(div),
        Math::Rem => quote!(rem),
    }
}

/// The value of the error `failure`, if it is looked at: not every error's value is known here.
pub(super) fn error_value(reads: bool, name: &Ident) -> Option<TokenStream> {
    reads.then(|| quote!(let #name = rt::native::V::Owned(failure.value()?);))
}

/// The bounds of a slice, and how many filters they take.
fn bounds(low: bool, high: bool, filters: &[Atom]) -> (TokenStream, TokenStream, usize) {
    let bound = |filter: Option<&Atom>| match filter.map(Atom::reference) {
        Some(bound) => quote!(::core::option::Option::Some(#bound)),
        None => quote!(::core::option::Option::None),
    };
    let used = usize::from(low) + usize::from(high);
    let (low, high) = match (low, high) {
        (true, _) => (filters.first(), if high { filters.get(1) } else { None }),
        (false, _) => (None, if high { filters.first() } else { None }),
    };
    (bound(low), bound(high), used)
}

/// The labels of programs are apart from those of the emitter.
fn user_label(label: u32) -> proc_macro2::Literal {
    proc_macro2::Literal::u32_unsuffixed(label | 1 << 30)
}
