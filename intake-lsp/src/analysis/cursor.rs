//! What stands at an offset, and what the language says can stand there.

use super::File;
use intake_compiler::json::{Kind, Member, Node, Str};
use intake_compiler::manifest::grammar::{COMMAND, Key, Object, ROOT, TAG, Tagged, Takes};
use intake_compiler::source::Span;

/// What an offset is in.
#[derive(Clone, Debug)]
pub(super) enum At<'a> {
    /// A key, or a place where one can be written.
    Key {
        /// The objects of the language that the object around can be.
        objects: Vec<&'static Object>,
        /// The members that are there.
        members: &'a [Member],
        /// The key at the offset.
        member: Option<&'a Member>,
    },
    /// A value, or a place where one can be written.
    Value {
        /// What it must be.
        takes: Takes,
        /// The value at the offset.
        node: Option<&'a Node>,
    },
    /// Outside of the document.
    Outside,
}

/// One step of the way from the document to an offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    /// The array or object.
    pub(super) node: &'a Node,
    /// What it must be.
    pub(super) takes: Takes,
    /// The member or element in it.
    pub(super) to: To<'a>,
}

/// Where a [`Step`] leads.
#[derive(Clone, Copy, Debug)]
pub(super) enum To<'a> {
    Member(&'a Member),
    Element(usize),
}

/// An offset in a manifest.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) offset: usize,
    pub(super) at: At<'a>,
    /// The way there, outermost first.
    pub(super) path: Vec<Step<'a>>,
}

impl<'a> Cursor<'a> {
    /// What is at `offset`.
    pub(super) fn new(file: &'a File, offset: usize) -> Self {
        let mut cursor = Self { offset, at: At::Outside, path: Vec::new() };
        if let Some(document) = &file.analysis.document {
            let end = file.text().len();
            cursor.walk(file.text(), document, ROOT, end);
        }
        cursor
    }

    /// Descends to the offset. Without its closing bracket, a container goes on up to `limit`.
    fn walk(&mut self, text: &str, root: &'a Node, takes: Takes, limit: usize) {
        let (mut node, mut takes, mut limit) = (root, takes, limit);
        loop {
            let next = match &node.kind {
                Kind::Object(_) | Kind::Array(_) if !self.is_at(text, node, limit) => None,
                Kind::Object(members) => self.in_object(text, node, takes, members, inner_end(text, node, limit)),
                Kind::Array(elements) => self.in_array(text, node, takes, elements, inner_end(text, node, limit)),
                _ => {
                    self.at = At::Value { takes, node: Some(node) };
                    None
                }
            };
            let Some(next) = next else { return };
            (node, takes, limit) = next;
        }
    }

    /// Whether the offset is in a value, or at its end where one goes on writing it. Brackets and quotes are outside.
    fn is_at(&self, text: &str, node: &Node, limit: usize) -> bool {
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        match node.kind {
            Kind::Object(_) | Kind::Array(_) => start < self.offset && self.offset <= inner_end(text, node, limit),
            Kind::String(_) | Kind::Error => start < self.offset && self.offset <= end,
            _ => start <= self.offset && self.offset <= end,
        }
    }

    fn in_object(
        &mut self,
        text: &str,
        node: &'a Node,
        takes: Takes,
        members: &'a [Member],
        limit: usize,
    ) -> Option<(&'a Node, Takes, usize)> {
        let objects = objects(&takes, node);
        let mut before: Option<&Member> = None;
        for (index, member) in members.iter().enumerate() {
            if member.key.span.start as usize > self.offset {
                break;
            }
            if touches(member.key.span, self.offset) {
                self.at = At::Key { objects, members, member: Some(member) };
                return None;
            }
            let next = members.get(index + 1).map_or(limit, |next| next.key.span.start as usize);
            if self.is_at(text, &member.value, next) {
                let takes = self.enter(node, takes, &objects, member);
                return Some((&member.value, takes, next));
            }
            before = Some(member);
        }
        // Behind a colon without a value a value can be written, else a key.
        if let Some(member) = before
            && (matches!(member.value.kind, Kind::Error) || member.value.span.start as usize >= self.offset)
            && text.get(member.key.span.end as usize..self.offset).is_some_and(|between| between.trim() == ":")
        {
            let takes = self.enter(node, takes, &objects, member);
            self.at = At::Value { takes, node: None };
            return None;
        }
        self.at = At::Key { objects, members, member: None };
        None
    }

    /// Adds the step to a member; what its value must be.
    fn enter(&mut self, node: &'a Node, takes: Takes, objects: &[&'static Object], member: &'a Member) -> Takes {
        self.path.push(Step { node, takes, to: To::Member(member) });
        takes_at(&takes, objects, &member.key)
    }

    fn in_array(
        &mut self,
        text: &str,
        node: &'a Node,
        takes: Takes,
        elements: &'a [Node],
        limit: usize,
    ) -> Option<(&'a Node, Takes, usize)> {
        let of = element(&takes);
        for (index, element) in elements.iter().enumerate() {
            let next = elements.get(index + 1).map_or(limit, |next| next.span.start as usize);
            if self.is_at(text, element, next) {
                self.path.push(Step { node, takes, to: To::Element(index) });
                return Some((element, of, next));
            }
        }
        let index = elements.iter().take_while(|element| element.span.end as usize <= self.offset).count();
        self.path.push(Step { node, takes, to: To::Element(index) });
        self.at = At::Value { takes: of, node: None };
        None
    }

    /// The string at the offset, and what it must be.
    pub(super) fn string(&self) -> Option<(Takes, &'a Str)> {
        match &self.at {
            At::Value { takes, node: Some(node) } => match &node.kind {
                Kind::String(text) => Some((*takes, text)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The object of the intake around the offset.
    pub(super) fn intake(&self) -> Option<&'a Node> {
        self.path.iter().find(|step| is_intake(step)).map(|step| step.node)
    }

    /// The key of the event around the offset.
    pub(super) fn event(&self) -> Option<&'a str> {
        let member = self.path.iter().find(|step| is_intake(step))?.member()?;
        let objects = objects(&Takes::Tagged(&intake_compiler::manifest::grammar::INTAKE), self.intake()?);
        let is_event = objects.iter().filter_map(|object| object.key(&member.key.value));
        is_event.into_iter().any(|key| matches!(key.takes, Takes::Command)).then_some(member.key.value.as_str())
    }

    /// How many commands of the innermost `!pipe` have run before the one at the offset; `None` outside a pipe.
    pub(super) fn completed(&self) -> Option<usize> {
        let mut steps = self.path.windows(2).rev();
        steps.find_map(|pair| match (pair[0].member(), pair[1].to) {
            (Some(member), To::Element(index)) if member.key.value == "!pipe" => Some(index),
            _ => None,
        })
    }
}

impl<'a> Step<'a> {
    /// The member it leads to.
    pub(super) fn member(&self) -> Option<&'a Member> {
        match self.to {
            To::Member(member) => Some(member),
            To::Element(_) => None,
        }
    }
}

fn is_intake(step: &Step<'_>) -> bool {
    matches!(step.takes, Takes::Tagged(tagged) if std::ptr::eq(tagged, &intake_compiler::manifest::grammar::INTAKE))
}

/// Where the inside of a container ends: before its closing bracket, or without one at `limit`.
fn inner_end(text: &str, node: &Node, limit: usize) -> usize {
    let (start, end) = (node.span.start as usize, node.span.end as usize);
    let last = match &node.kind {
        Kind::Object(members) => members.last().map_or(start, |member| member.value.span.end as usize),
        Kind::Array(elements) => elements.last().map_or(start, |element| element.span.end as usize),
        _ => start,
    };
    let is_closed = end > last.max(start + 1) && text.get(..end).is_some_and(|before| before.ends_with(['}', ']']));
    if is_closed { end - 1 } else { limit.max(end) }
}

/// Whether the offset is in a key, between its quotes or at one.
fn touches(span: Span, offset: usize) -> bool {
    (span.start as usize) < offset && offset <= span.end as usize
}

/// The objects of the language that a JSON object can be.
pub(super) fn objects(takes: &Takes, node: &Node) -> Vec<&'static Object> {
    match takes {
        Takes::Object(object) => vec![object],
        Takes::Command => vec![&COMMAND],
        Takes::Tagged(tagged) => of_type(tagged, node),
        Takes::Either(several) => several.iter().flat_map(|takes| objects(takes, node)).collect(),
        _ => Vec::new(),
    }
}

/// The object of a type; every one of them where the type is not known.
fn of_type(tagged: &Tagged, node: &Node) -> Vec<&'static Object> {
    let Kind::Object(members) = &node.kind else { return Vec::new() };
    let tag = members.iter().find(|member| member.key.value == TAG).map(|member| &member.value.kind);
    let object = |word: &str| (tagged.object)(word);
    match tag {
        Some(Kind::String(word)) if object(&word.value).is_some() => object(&word.value).into_iter().collect(),
        _ => tagged.types.all().into_iter().filter_map(|(word, _)| object(word)).collect(),
    }
}

/// What the value of a key must be.
fn takes_at(takes: &Takes, objects: &[&'static Object], key: &Str) -> Takes {
    if let Some(known) = known(objects, &key.value) {
        return known.takes;
    }
    match takes {
        Takes::Map { of, .. } => **of,
        Takes::Value => Takes::Value,
        Takes::Either(several) => several
            .iter()
            .find_map(|takes| if let Takes::Map { of, .. } = takes { Some(**of) } else { None })
            .unwrap_or(Takes::Anything),
        _ => Takes::Anything,
    }
}

/// What each element of an array must be.
fn element(takes: &Takes) -> Takes {
    match takes {
        Takes::List { of, .. } => **of,
        Takes::Value => Takes::Value,
        Takes::Either(several) => {
            several.iter().map(element).find(|of| !matches!(of, Takes::Anything)).unwrap_or(Takes::Anything)
        }
        _ => Takes::Anything,
    }
}

/// What the language says of a key of one of some objects.
pub(super) fn known(objects: &[&'static Object], name: &str) -> Option<&'static Key> {
    objects.iter().find_map(|object| object.key(name))
}
