//! Which parts of its input a filter reads.

use super::ir::{Constant, Filter, Node, NodeKind, Pattern, Reads, Runner, Step, StepKind, Var};
use std::collections::BTreeMap;

impl Filter {
    /// What of the input it reads. What is not sure to be read in part only is said to be read as a whole.
    #[must_use]
    pub fn reads(&self) -> Reads {
        let mut reader = Reader { reads: Reads::default(), variables: BTreeMap::new() };
        let outputs = reader.node(&self.root, &[Place::root()]);
        reader.whole(&outputs);
        reader.reads
    }
}

/// A part of the input.
#[derive(Clone, Debug)]
struct Place(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Key(String),
    Each,
}

impl Place {
    const fn root() -> Self {
        Self(Vec::new())
    }

    fn under(&self, part: Part) -> Self {
        Self(self.0.iter().cloned().chain([part]).collect())
    }
}

struct Reader {
    reads: Reads,
    /// The parts of the input that a variable can be.
    variables: BTreeMap<Var, Vec<Place>>,
}

impl Reader {
    /// Reads what a node reads; the parts of the input that its outputs can be, not counted as read yet. `input` are
    /// those that its own input can be.
    fn node(&mut self, node: &Node, input: &[Place]) -> Vec<Place> {
        match &node.kind {
            NodeKind::Input => input.to_vec(),
            NodeKind::Variable(variable) => self.variables.get(variable).cloned().unwrap_or_default(),
            NodeKind::Path { head, steps } => {
                let head = self.node(head, input);
                steps.iter().fold(head, |from, step| self.step(step, from, input))
            }
            NodeKind::Pipe(left, right) => {
                let left = self.node(left, input);
                self.node(right, &left)
            }
            NodeKind::Bind { source, pattern, body } => {
                let source = self.node(source, input);
                self.bind(pattern, source);
                self.node(body, input)
            }
            NodeKind::Comma(left, right) => self.either(left, right, input),
            NodeKind::Alternative(left, right) => {
                let mut outputs = self.node(left, input);
                self.whole(&outputs);
                outputs.extend(self.node(right, input));
                outputs
            }
            NodeKind::If { condition, then, otherwise } => {
                self.value(condition, input);
                self.either(then, otherwise, input)
            }
            NodeKind::Sure(inner) | NodeKind::Label(_, inner) => self.node(inner, input),
            NodeKind::Run(Runner::First | Runner::Last, parts) => self.node(&parts[0], input),
            NodeKind::Try { body, handler } => {
                let outputs = self.node(body, input);
                // Any part that is read can be the value of the error.
                handler.iter().for_each(|handler| self.value(handler, &[]));
                outputs
            }
            NodeKind::Update { .. }
            | NodeKind::Reduce(_)
            | NodeKind::Foreach(..)
            | NodeKind::Run(..)
            | NodeKind::Call(..)
            | NodeKind::Error => {
                self.whole(input);
                node.parts().into_iter().for_each(|part| self.value(part, input));
                Vec::new()
            }
            _ => {
                node.parts().into_iter().for_each(|part| self.value(part, input));
                Vec::new()
            }
        }
    }

    fn either(&mut self, left: &Node, right: &Node, input: &[Place]) -> Vec<Place> {
        let mut outputs = self.node(left, input);
        outputs.extend(self.node(right, input));
        outputs
    }

    /// Reads a node whose outputs are used as they are.
    fn value(&mut self, node: &Node, input: &[Place]) {
        let outputs = self.node(node, input);
        self.whole(&outputs);
    }

    fn step(&mut self, step: &Step, from: Vec<Place>, input: &[Place]) -> Vec<Place> {
        let part = match &step.kind {
            StepKind::Index(index) => match &index.kind {
                NodeKind::Constant(Constant::String(key)) => Part::Key(key.clone()),
                _ => {
                    self.value(index, input);
                    self.whole(&from);
                    return from;
                }
            },
            StepKind::Slice(..) => {
                step.filters().for_each(|filter| self.value(filter, input));
                return from;
            }
            StepKind::Iterate => Part::Each,
        };
        from.iter().map(|place| place.under(part.clone())).collect()
    }

    fn bind(&mut self, pattern: &Pattern, value: Vec<Place>) {
        match pattern {
            Pattern::Variable(variable) => _ = self.variables.insert(*variable, value),
            Pattern::Entries(entries) => {
                for (key, inner) in entries {
                    let parts = match &key.kind {
                        NodeKind::Constant(Constant::String(key)) => {
                            value.iter().map(|place| place.under(Part::Key(key.clone()))).collect()
                        }
                        _ => {
                            self.value(key, &value);
                            self.whole(&value);
                            Vec::new()
                        }
                    };
                    self.bind(inner, parts);
                }
            }
        }
    }

    fn whole(&mut self, places: &[Place]) {
        for place in places {
            let mut reads = &mut self.reads;
            for part in &place.0 {
                reads = match part {
                    Part::Key(key) => reads.keys.entry(key.clone()).or_default(),
                    Part::Each => reads.each.get_or_insert_default(),
                };
            }
            reads.whole = true;
        }
    }
}
