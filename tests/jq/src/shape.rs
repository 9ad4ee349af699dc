//! What a program looks for in its input: so that inputs can be made that have it.

use intake_compiler::jq::native::ir::{Constant, Filter, Node, NodeKind, Pattern, Runner, Step, StepKind, Var};
use std::collections::BTreeMap;

/// The number of a [`Place`].
pub type PlaceId = usize;
/// The place of the whole input.
pub const ROOT: PlaceId = 0;

/// A place in the input.
#[derive(Debug, Default)]
pub struct Place {
    /// What is looked for under keys.
    pub keys: BTreeMap<String, PlaceId>,
    /// What is looked for in elements.
    pub each: Option<PlaceId>,
    /// Values, as JSON, that something is made of here: what it is compared with, or is computed with.
    pub hints: Vec<String>,
}

/// What a program looks for, as far as its text tells; nothing depends on it being all.
#[derive(Debug)]
pub struct Shape {
    places: Vec<Place>,
    variables: BTreeMap<Var, Vec<PlaceId>>,
    /// Whether the input is what `!http` gives: then the places are those of the response's body.
    responds: bool,
}

impl Shape {
    /// Of a filter.
    #[must_use]
    pub fn of(filter: &Filter, responds: bool) -> Self {
        let mut shape = Self { places: vec![Place::default()], variables: BTreeMap::new(), responds };
        shape.node(&filter.root, &[ROOT]);
        shape
    }

    /// A place.
    #[must_use]
    pub fn at(&self, place: PlaceId) -> &Place {
        &self.places[place]
    }

    fn key(&mut self, place: PlaceId, key: &str) -> PlaceId {
        if self.responds && place == ROOT && key == "body" {
            return ROOT;
        }
        if let Some(known) = self.places[place].keys.get(key) {
            return *known;
        }
        self.places.push(Place::default());
        let new = self.places.len() - 1;
        self.places[place].keys.insert(key.to_owned(), new);
        new
    }

    fn each(&mut self, place: PlaceId) -> PlaceId {
        if let Some(known) = self.places[place].each {
            return known;
        }
        self.places.push(Place::default());
        let new = self.places.len() - 1;
        self.places[place].each = Some(new);
        new
    }

    fn hint(&mut self, places: &[PlaceId], hints: &[&str]) {
        for place in places {
            self.places[*place].hints.extend(hints.iter().map(|hint| (*hint).to_owned()));
        }
    }

    /// The places that the outputs of a node can be.
    fn node(&mut self, node: &Node, input: &[PlaceId]) -> Vec<PlaceId> {
        match &node.kind {
            NodeKind::Input => input.to_vec(),
            NodeKind::Variable(variable) => self.variables.get(variable).cloned().unwrap_or_default(),
            NodeKind::Path { head, steps } => {
                let head = self.node(head, input);
                steps.iter().fold(head, |from, step| self.step(step, &from, input))
            }
            NodeKind::Pipe(left, right) => {
                let left = self.node(left, input);
                self.node(right, &left)
            }
            NodeKind::Bind { source, pattern, body } => {
                let source = self.node(source, input);
                self.bind(pattern, &source);
                self.node(body, input)
            }
            NodeKind::Comma(..) | NodeKind::Alternative(..) | NodeKind::Try { .. } => self.all(node, input),
            NodeKind::If { condition, then, otherwise } => {
                self.node(condition, input);
                let mut outputs = self.node(then, input);
                outputs.extend(self.node(otherwise, input));
                outputs
            }
            NodeKind::Sure(inner) | NodeKind::Label(_, inner) => self.node(inner, input),
            NodeKind::Compare(left, _, right) => {
                self.hint_other(left, right, input);
                Vec::new()
            }
            NodeKind::Math(left, _, right) => {
                for places in self.hint_other(left, right, input) {
                    self.hint(&places, &["1", "2.5", "-3", "\"s\""]);
                }
                Vec::new()
            }
            NodeKind::Call(op, arguments) => {
                match op.name {
                    "length" | "join" | "keys" | "sort" | "reverse" => {
                        self.hint(input, &["[\"x\",1,null]", "[]", "\"é\""])
                    }
                    "startswith" | "endswith" | "ltrimstr" | "split" | "explode" | "tonumber" => {
                        self.hint(input, &["\"ab\"", "\"a\"", "\"12\""]);
                    }
                    _ => {}
                }
                arguments.iter().for_each(|argument| _ = self.node(argument, input));
                Vec::new()
            }
            NodeKind::Update { steps, change } => {
                let to = steps.iter().fold(input.to_vec(), |from, step| self.step(step, &from, input));
                self.node(change.filter(), &to);
                input.to_vec()
            }
            NodeKind::Reduce(fold) | NodeKind::Foreach(fold, _) => {
                let source = self.node(&fold.source, input);
                self.bind(&fold.pattern, &source);
                let state = self.node(&fold.init, input);
                self.node(&fold.update, &state);
                state
            }
            NodeKind::Run(runner, parts) => self.run(*runner, node, parts, input),
            _ => {
                self.all(node, input);
                Vec::new()
            }
        }
    }

    fn all(&mut self, node: &Node, input: &[PlaceId]) -> Vec<PlaceId> {
        node.parts().into_iter().flat_map(|part| self.node(part, input)).collect()
    }

    fn run(&mut self, runner: Runner, node: &Node, parts: &[Node], input: &[PlaceId]) -> Vec<PlaceId> {
        match runner {
            Runner::SortBy | Runner::GroupBy | Runner::MinBy | Runner::MaxBy | Runner::MapValues => {
                let items: Vec<_> = input.iter().map(|place| self.each(*place)).collect();
                parts.iter().for_each(|part| _ = self.node(part, &items));
                input.to_vec()
            }
            _ => self.all(node, input),
        }
    }

    /// What stands beside a constant can be equal to it.
    fn hint_other(&mut self, left: &Node, right: &Node, input: &[PlaceId]) -> [Vec<PlaceId>; 2] {
        let (lefts, rights) = (self.node(left, input), self.node(right, input));
        for (places, other) in [(&lefts, right), (&rights, left)] {
            if let NodeKind::Constant(constant) = &other.kind {
                let hint = json(constant);
                self.hint(places, &[&hint]);
            }
        }
        [lefts, rights]
    }

    fn step(&mut self, step: &Step, from: &[PlaceId], input: &[PlaceId]) -> Vec<PlaceId> {
        match &step.kind {
            StepKind::Index(index) => match &index.kind {
                NodeKind::Constant(Constant::String(key)) => from.iter().map(|place| self.key(*place, key)).collect(),
                _ => {
                    self.node(index, input);
                    from.iter().map(|place| self.each(*place)).collect()
                }
            },
            StepKind::Slice(..) => {
                step.filters().for_each(|filter| _ = self.node(filter, input));
                from.to_vec()
            }
            StepKind::Iterate => from.iter().map(|place| self.each(*place)).collect(),
        }
    }

    fn bind(&mut self, pattern: &Pattern, value: &[PlaceId]) {
        match pattern {
            Pattern::Variable(variable) => _ = self.variables.insert(*variable, value.to_vec()),
            Pattern::Entries(entries) => {
                for (key, inner) in entries {
                    let parts: Vec<_> = match &key.kind {
                        NodeKind::Constant(Constant::String(key)) => {
                            value.iter().map(|place| self.key(*place, key)).collect()
                        }
                        _ => value.iter().map(|place| self.each(*place)).collect(),
                    };
                    self.bind(inner, &parts);
                }
            }
        }
    }
}

fn json(constant: &Constant) -> String {
    match constant {
        Constant::Null => "null".to_owned(),
        Constant::Bool(value) => value.to_string(),
        // Numbers of programs need not be numbers of JSON.
        Constant::Number(digits) => {
            if digits.starts_with('.') {
                format!("0{digits}")
            } else {
                digits.clone()
            }
        }
        Constant::String(text) => intake_runtime::value::Value::from(text.as_str()).to_string(),
    }
}
