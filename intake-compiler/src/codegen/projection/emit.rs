//! What a filter's parts give, one by one.

use super::plan::{self, DOCUMENT, PlaceId, Plan, ROOT, Stream};
use super::{Emitted, Refusal};
use crate::ir::Document;
use crate::jq::native::ir::{Constant, Filter, Math, Node, NodeKind, Pattern, Step, StepKind, Var};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A value, as far as it is known at compile time.
#[derive(Clone, Debug)]
pub(super) enum Value<'f> {
    /// What `!http` gives.
    Input,
    /// A value of the document.
    Place(PlaceId),
    /// A constant.
    Constant(&'f Constant),
    /// A variable of the generated code, a `Part`.
    Part(Ident),
    /// What the filter makes, once it is known where it goes.
    Made(&'f Node, Rc<Context<'f>>),
}

/// What a part of a filter is run on.
#[derive(Clone, Debug)]
pub(super) struct Context<'f> {
    pub input: Value<'f>,
    pub variables: BTreeMap<Var, Value<'f>>,
}

impl<'f> Context<'f> {
    /// The whole filter's.
    pub(super) fn of(document: Document) -> Self {
        let input = match document {
            Document::Response => Value::Input,
            Document::Payload => Value::Place(ROOT),
        };
        Self { input, variables: BTreeMap::new() }
    }

    pub(super) fn on(&self, input: Value<'f>) -> Self {
        Self { input, variables: self.variables.clone() }
    }
}

/// What is emitted for each output.
pub(super) type Then<'t, 'f> = &'t mut dyn FnMut(&mut Emitter<'f>, Value<'f>) -> Emitted<TokenStream>;

pub(super) struct Emitter<'f> {
    pub plan: Plan,
    /// The scopes whose places have been read where code is emitted.
    read: BTreeSet<usize>,
    /// Set if what is emitted next may be run while the document is walked over, as it is all there is in an array: the
    /// variable of where its output begins.
    pub may_stream: Option<Ident>,
    globals: u32,
    names: usize,
    marker: std::marker::PhantomData<&'f Filter>,
}

impl<'f> Emitter<'f> {
    pub(super) fn new(filter: &'f Filter) -> Self {
        Self {
            plan: Plan::new(),
            read: BTreeSet::from([DOCUMENT]),
            may_stream: None,
            globals: filter.globals,
            names: 0,
            marker: std::marker::PhantomData,
        }
    }

    pub(super) fn name(&mut self, what: &str) -> Ident {
        self.names += 1;
        format_ident!("{what}_{}", self.names)
    }

    /// Emits something for each output of a part.
    pub(super) fn each(&mut self, node: &'f Node, on: &Context<'f>, then: Then<'_, 'f>) -> Emitted<TokenStream> {
        match &node.kind {
            NodeKind::Path { head, steps } => {
                self.each(head, on, &mut |emitter, value| emitter.steps(node, steps, value, then))
            }
            NodeKind::Pipe(left, right) => self.each(left, on, &mut |emitter, value| {
                sound(&value, uses_input(right))?;
                emitter.each(right, &on.on(value), then)
            }),
            NodeKind::Bind { source, pattern: Pattern::Variable(variable), body } => {
                self.each(source, on, &mut |emitter, value| {
                    sound(&value, false)?;
                    let mut inner = on.clone();
                    inner.variables.insert(*variable, value);
                    emitter.each(body, &inner, then)
                })
            }
            NodeKind::Input => then(self, on.input.clone()),
            _ => {
                self.may_stream = None;
                self.each_computed(node, on, then)
            }
        }
    }

    fn each_computed(&mut self, node: &'f Node, on: &Context<'f>, then: Then<'_, 'f>) -> Emitted<TokenStream> {
        match &node.kind {
            NodeKind::Empty => Ok(TokenStream::new()),
            NodeKind::Comma(left, right) => {
                let left = self.each(left, on, then)?;
                let right = self.each(right, on, then)?;
                Ok(quote!(#left #right))
            }
            NodeKind::If { condition, then: yes, otherwise } if !is_scalar(node) => {
                let condition = self.condition(condition, on)?;
                let yes = self.each(yes, on, then)?;
                let otherwise = self.each(otherwise, on, then)?;
                Ok(quote!(if #condition { #yes } else { #otherwise }))
            }
            _ => {
                let mut made = Vec::new();
                let value = self.value(node, on, &mut made)?;
                let rest = then(self, value)?;
                Ok(quote!(#(#made)* #rest))
            }
        }
    }

    /// The one output of a part; what is to be run before it is used is added to `made`.
    pub(super) fn value(
        &mut self,
        node: &'f Node,
        on: &Context<'f>,
        made: &mut Vec<TokenStream>,
    ) -> Emitted<Value<'f>> {
        match &node.kind {
            NodeKind::Input => Ok(on.input.clone()),
            NodeKind::Constant(constant) => Ok(Value::Constant(constant)),
            NodeKind::Variable(variable) => self.variable(node, *variable, on, made),
            NodeKind::Path { head, steps } => {
                let mut value = self.value(head, on, made)?;
                for step in steps {
                    value = self.step(node, step, &value)?;
                }
                Ok(value)
            }
            NodeKind::Pipe(left, right) => {
                let left = self.value(left, on, made)?;
                sound(&left, uses_input(right))?;
                self.value(right, &on.on(left), made)
            }
            NodeKind::Bind { source, pattern: Pattern::Variable(variable), body } => {
                let source = self.value(source, on, made)?;
                sound(&source, false)?;
                let mut inner = on.clone();
                inner.variables.insert(*variable, source);
                self.value(body, &inner, made)
            }
            NodeKind::Object(_) | NodeKind::Array(_) | NodeKind::Text(_) => Ok(Value::Made(node, Rc::new(on.clone()))),
            _ if is_string(node) => Ok(Value::Made(node, Rc::new(on.clone()))),
            _ => {
                let part = self.part(node, on)?;
                let name = self.name("part");
                made.push(quote!(let #name = #part;));
                Ok(Value::Part(name))
            }
        }
    }

    fn variable(
        &mut self,
        node: &Node,
        variable: Var,
        on: &Context<'f>,
        made: &mut Vec<TokenStream>,
    ) -> Emitted<Value<'f>> {
        if variable.0 < self.globals {
            let index = Literal::u32_unsuffixed(variable.0);
            let name = self.name("part");
            made.push(quote!(let #name = rt::scan::Part::variable(variables, #index)?;));
            return Ok(Value::Part(name));
        }
        on.variables.get(&variable).cloned().ok_or(Refusal { span: node.span, what: "this variable" })
    }

    fn steps(
        &mut self,
        node: &'f Node,
        steps: &'f [Step],
        value: Value<'f>,
        then: Then<'_, 'f>,
    ) -> Emitted<TokenStream> {
        let Some((step, rest)) = steps.split_first() else { return then(self, value) };
        match step.kind {
            StepKind::Iterate if !step.optional => {
                self.iterate(node, &value, &mut |emitter, item| emitter.steps(node, rest, item, then))
            }
            _ => {
                let value = self.step(node, step, &value)?;
                self.steps(node, rest, value, then)
            }
        }
    }

    /// One step to one value.
    fn step(&mut self, node: &Node, step: &Step, value: &Value<'f>) -> Emitted<Value<'f>> {
        let refuse = |what| Err(Refusal { span: node.span, what });
        let StepKind::Index(index) = &step.kind else { return refuse("a slice, or several values here,") };
        if step.optional {
            return refuse("`?`");
        }
        match (value, &index.kind) {
            (Value::Input, NodeKind::Constant(Constant::String(key))) if key == "body" => Ok(Value::Place(ROOT)),
            (Value::Input, NodeKind::Constant(Constant::String(key))) => {
                self.reach(node, ROOT)?;
                Ok(Value::Place(self.plan.key(ROOT, key)))
            }
            (Value::Place(place), NodeKind::Constant(Constant::String(key))) => {
                self.reach(node, *place)?;
                self.plan.strict |= *place == ROOT;
                Ok(Value::Place(self.plan.key(*place, key)))
            }
            (Value::Place(place), NodeKind::Constant(Constant::Number(at))) => match at.parse() {
                Ok(at @ 0..=1000) => self.item(node, *place, at),
                _ => refuse("this index"),
            },
            (Value::Place(place), NodeKind::Negate(at)) => match &at.kind {
                NodeKind::Constant(Constant::Number(at)) if at == "1" => self.item(node, *place, -1),
                _ => refuse("this index"),
            },
            _ => refuse("what this path starts from"),
        }
    }

    /// That a place is read where code is emitted.
    pub(super) fn reach(&self, node: &Node, place: PlaceId) -> Emitted<()> {
        if self.read.contains(&self.plan.at(place).scope) {
            return Ok(());
        }
        Err(Refusal { span: node.span, what: "what is outside of the elements" })
    }

    fn item(&mut self, node: &Node, place: PlaceId, at: i32) -> Emitted<Value<'f>> {
        self.reach(node, place)?;
        let item = self.plan.item(place, at);
        self.read.insert(self.plan.at(item).scope);
        Ok(Value::Place(item))
    }

    /// Emits something for each element of an array.
    fn iterate(&mut self, node: &'f Node, value: &Value<'f>, then: Then<'_, 'f>) -> Emitted<TokenStream> {
        let Value::Place(place) = *value else {
            return Err(Refusal { span: node.span, what: "the elements of what is no value of the document" });
        };
        if let Some(mark) = self.may_stream.take() {
            let streams = self.plan.at(place).items.as_ref().is_some_and(|items| items.stream.is_some());
            // Inside what is streamed, the document is still being walked over.
            let apart = self.plan.at(place).scope == DOCUMENT && self.read.contains(&DOCUMENT);
            if apart && !streams {
                let (plan, read) = (self.plan.clone(), self.read.clone());
                let element = self.plan.scope();
                self.read = BTreeSet::from([self.plan.at(element).scope]);
                let code = then(self, Value::Place(element));
                self.read = read;
                if let Ok(code) = code {
                    self.plan.at_mut(place).items.get_or_insert_default().stream = Some(Stream { element, mark, code });
                    let items = plan::items(place);
                    return Ok(quote!(#items.copy(out);));
                }
                self.plan = plan;
            }
        }
        self.reach(node, place)?;
        self.plan.at_mut(place).kept = true;
        let element = self.plan.scope();
        self.read.insert(self.plan.at(element).scope);
        let code = then(self, Value::Place(element))?;
        let (slot, cursor) = (plan::slot(place), self.name("cursor"));
        let read = self.read_scope(element, &cursor);
        Ok(quote! {
            let mut #cursor = #slot.get().items()?;
            if !#cursor.open(b'[', b']')? {
                loop {
                    #read
                    #code
                    if #cursor.closes(b']')? {
                        break;
                    }
                }
            }
        })
    }
}

/// A value that is made may go unused, and then an error in it has to be found all the same.
fn sound(value: &Value<'_>, used: bool) -> Emitted<()> {
    match value {
        Value::Made(node, _) if node.fallible && !used => {
            Err(Refusal { span: node.span, what: "a value that is made and then taken on" })
        }
        _ => Ok(()),
    }
}

/// Whether a part uses its input in any case.
fn uses_input(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Input | NodeKind::Call(..) => true,
        NodeKind::Path { head: first, .. } | NodeKind::Pipe(first, _) | NodeKind::Array(first) => uses_input(first),
        NodeKind::Object(entries) => entries.iter().any(|(_, value)| uses_input(value)),
        NodeKind::Text(parts) => parts.iter().any(uses_input),
        NodeKind::Math(left, _, right) | NodeKind::Compare(left, _, right) => uses_input(left) || uses_input(right),
        _ => false,
    }
}

/// Whether there is a scalar to compute, rather than a value of the document to pass on.
pub(super) fn is_scalar(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Constant(_) | NodeKind::Compare(..) | NodeKind::Logic { .. } | NodeKind::Negate(_) => true,
        NodeKind::Math(..) => !is_string(node),
        NodeKind::If { then, otherwise, .. } => is_scalar(then) && is_scalar(otherwise),
        _ => false,
    }
}

/// Whether there is a string to print.
pub(super) fn is_string(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Constant(Constant::String(_)) | NodeKind::Text(_) => true,
        NodeKind::Math(left, Math::Add, right) => is_string(left) || is_string(right),
        NodeKind::Call(op, _) => matches!(op.name, "tostring" | "@text" | "join"),
        NodeKind::Pipe(_, right) => is_string(right),
        _ => false,
    }
}
