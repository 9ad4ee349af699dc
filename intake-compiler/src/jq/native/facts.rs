//! What is known of each node: the kinds and number of its outputs, and whether it can fail.

use super::ir::{
    Change, Cmp, Constant, Fold, Kinds, Label, Math, Node, NodeKind, Pattern, Runner, Step, StepKind, Var,
};
use super::ops::Op;
use crate::jq::Outputs;
use crate::source::Span;

/// Kinds, outputs, fallibility.
#[derive(Clone, Copy)]
struct Facts(Kinds, Outputs, bool);

/// Kinds that `.[key]` takes any key of.
const INDEXED_FREELY: Kinds = Kinds::NULL.or(Kinds::OBJECT);
const ITERABLE: Kinds = Kinds::ARRAY.or(Kinds::OBJECT);

impl Node {
    /// A node with what follows from its parts; `input` are the kinds of its input.
    pub(super) fn new(kind: NodeKind, span: Span, input: Kinds, variable: impl Fn(Var) -> Kinds) -> Self {
        let Facts(kinds, outputs, fallible) = facts(&kind, input, variable);
        Self { kind, span, kinds, outputs, fallible }
    }

    /// Whether it has exactly one output where it does not fail.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.outputs == Outputs::ONE
    }

    /// Whether `and`, `or`, `if` … take each of its outputs for true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        !self.kinds.meets(Kinds::NULL.or(Kinds::BOOL))
    }
}

fn facts(kind: &NodeKind, input: Kinds, variable: impl Fn(Var) -> Kinds) -> Facts {
    let both = |left: &Node, right: &Node, kinds: Kinds, fails: bool| {
        Facts(kinds, left.outputs.times(right.outputs), left.fallible || right.fallible || fails)
    };
    match kind {
        NodeKind::Input => Facts(input, Outputs::ONE, false),
        NodeKind::Constant(constant) => Facts(constant.kinds(), Outputs::ONE, false),
        NodeKind::Variable(name) => Facts(variable(*name), Outputs::ONE, false),
        NodeKind::Empty => Facts(Kinds::NONE, Outputs::NONE, false),
        NodeKind::Error | NodeKind::Break(_) => Facts(Kinds::NONE, Outputs::NONE, true),
        NodeKind::Path { head, steps } => path(head, steps),
        NodeKind::Pipe(left, right) => both(left, right, right.kinds, false),
        NodeKind::Bind { source, pattern, body } => {
            let Facts(_, outputs, fallible) = binding(pattern, source.kinds);
            let all = source.outputs.times(outputs).times(body.outputs);
            Facts(body.kinds, all, fallible || source.fallible || body.fallible)
        }
        NodeKind::Comma(left, right) => {
            let kinds = left.kinds.or(right.kinds);
            let mut outputs = left.outputs.plus(right.outputs);
            if right.outputs.most == Some(0) && right.fallible {
                // An output and then an error: not to be taken for one output.
                outputs.most = outputs.most.and_then(|most| most.checked_add(1));
            }
            Facts(kinds, outputs, left.fallible || right.fallible)
        }
        NodeKind::Alternative(left, right) => alternative(left, right),
        NodeKind::Logic { left, right, .. } => {
            let outputs = left.outputs.times(Outputs::ONE.or(right.outputs));
            Facts(Kinds::BOOL, outputs, left.fallible || right.fallible)
        }
        NodeKind::If { condition, then, otherwise } => {
            let outputs = condition.outputs.times(then.outputs.or(otherwise.outputs));
            let fallible = condition.fallible || then.fallible || otherwise.fallible;
            Facts(then.kinds.or(otherwise.kinds), outputs, fallible)
        }
        NodeKind::Negate(inner) => {
            Facts(Kinds::NUMBER, inner.outputs, inner.fallible || !inner.kinds.within(Kinds::NUMBER))
        }
        NodeKind::Math(left, math, right) => {
            let (kinds, fails) = arithmetic(left.kinds, *math, right.kinds);
            both(left, right, kinds, fails)
        }
        NodeKind::Compare(left, Cmp::Lt | Cmp::Le | Cmp::Gt | Cmp::Ge | Cmp::Eq | Cmp::Ne, right) => {
            both(left, right, Kinds::BOOL, false)
        }
        NodeKind::Array(inner) => Facts(Kinds::ARRAY, Outputs::ONE, inner.fallible),
        NodeKind::Object(entries) => {
            let parts = entries.iter().flat_map(|(key, value)| [key, value]);
            product(parts, Kinds::OBJECT)
        }
        NodeKind::Text(parts) => product(parts, Kinds::STRING),
        NodeKind::Sure(inner) => Facts(inner.kinds, inner.outputs, false),
        NodeKind::Try { body, handler } => attempt(body, handler.as_deref()),
        NodeKind::Label(label, body) => {
            let least = if breaks(body, *label) { 0 } else { body.outputs.least };
            Facts(body.kinds, body.outputs.at_least(least), body.fallible)
        }
        NodeKind::Reduce(fold) => {
            let Fold { source, pattern, init, update } = &**fold;
            let Facts(_, _, fallible) = binding(pattern, source.kinds);
            let fallible = fallible || source.fallible || init.fallible || update.fallible;
            Facts(init.kinds.or(update.kinds), init.outputs.times(Outputs::ONE.or(update.outputs)), fallible)
        }
        NodeKind::Foreach(fold, extract) => foreach(fold, extract.as_deref()),
        NodeKind::Update { steps, change } => {
            let optional = steps.first().is_none_or(|step| step.optional);
            let kinds = if optional { input } else { input.and(ITERABLE) };
            let times = match &**change {
                Change::Filter(_) => Outputs::ONE,
                Change::Set(value) | Change::Math(_, value) | Change::Alternative(value) => value.outputs,
            };
            Facts(kinds, times, true)
        }
        NodeKind::Call(op, arguments) => call(op, arguments, input),
        NodeKind::Run(runner, filters) => run(*runner, filters, input),
    }
}

impl Constant {
    pub(super) const fn kinds(&self) -> Kinds {
        match self {
            Self::Null => Kinds::NULL,
            Self::Bool(_) => Kinds::BOOL,
            Self::Number(_) => Kinds::NUMBER,
            Self::String(_) => Kinds::STRING,
        }
    }
}

/// For each combination of the outputs of parts.
fn product<'a>(parts: impl IntoIterator<Item = &'a Node>, kinds: Kinds) -> Facts {
    parts.into_iter().fold(Facts(kinds, Outputs::ONE, false), |Facts(_, outputs, fallible), part| {
        Facts(kinds, outputs.times(part.outputs), fallible || part.fallible)
    })
}

fn path(head: &Node, steps: &[Step]) -> Facts {
    let mut facts = Facts(head.kinds, head.outputs, head.fallible);
    for step in steps {
        let Facts(from, outputs, fallible) = facts;
        let (kinds, gives, fails) = match &step.kind {
            StepKind::Index(_) => (Kinds::ANY, Outputs::ONE, !from.within(INDEXED_FREELY)),
            StepKind::Slice(..) => (from.and(Kinds::ARRAY.or(Kinds::STRING)), Outputs::ONE, true),
            StepKind::Iterate => (Kinds::ANY, Outputs::ANY, !from.within(ITERABLE)),
        };
        let gives = if step.optional && fails { gives.at_least(0) } else { gives };
        let filters = product(step.filters(), kinds);
        facts = Facts(kinds, outputs.times(filters.1).times(gives), fallible || filters.2 || (fails && !step.optional));
    }
    facts
}

impl Step {
    /// The filters in it.
    pub fn filters(&self) -> impl Iterator<Item = &Node> {
        let (first, second) = match &self.kind {
            StepKind::Index(index) => (Some(index), None),
            StepKind::Slice(from, to) => (from.as_ref(), to.as_ref()),
            StepKind::Iterate => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// What taking a value apart can do: how often the body runs, and whether it can fail.
fn binding(pattern: &Pattern, value: Kinds) -> Facts {
    match pattern {
        Pattern::Variable(_) => Facts(value, Outputs::ONE, false),
        Pattern::Entries(entries) => {
            let start = Facts(value, Outputs::ONE, !value.within(INDEXED_FREELY));
            entries.iter().fold(start, |Facts(_, outputs, fallible), (key, inner)| {
                let Facts(_, times, fails) = binding(inner, Kinds::ANY);
                Facts(value, outputs.times(key.outputs).times(times), fallible || key.fallible || fails)
            })
        }
    }
}

fn alternative(left: &Node, right: &Node) -> Facts {
    if left.outputs.least > 0 && left.is_true() {
        return Facts(left.kinds, left.outputs, left.fallible);
    }
    let kinds = left.kinds.without(Kinds::NULL).or(right.kinds);
    let outputs = left.outputs.or(right.outputs).at_least(right.outputs.least.min(1));
    Facts(kinds, outputs, left.fallible || right.fallible)
}

fn attempt(body: &Node, handler: Option<&Node>) -> Facts {
    match handler {
        _ if !body.fallible => Facts(body.kinds, body.outputs, false),
        None => Facts(body.kinds, body.outputs.at_least(0), false),
        Some(handler) => {
            // What came before the error stays; then the handler's outputs follow.
            let (body, then) = (body, handler.outputs);
            let least = body.outputs.least.min(then.least);
            let most = match body.outputs.most {
                Some(0 | 1) => body.outputs.or(then).most,
                _ => body.outputs.plus(then).most,
            };
            Facts(body.kinds.or(handler.kinds), Outputs { least, most }, handler.fallible)
        }
    }
}

fn arithmetic(left: Kinds, math: Math, right: Kinds) -> (Kinds, bool) {
    use Math::{Add, Div, Mul, Rem, Sub};
    let same = |kinds: Kinds| left.and(right).and(kinds);
    let only = |kind: Kinds| left.within(kind) && right.within(kind);
    let numbers = only(Kinds::NUMBER);
    match math {
        Add => {
            let mut kinds = same(Kinds::NUMBER.or(Kinds::STRING).or(ITERABLE));
            if left.meets(Kinds::NULL) {
                kinds = kinds.or(right);
            }
            if right.meets(Kinds::NULL) {
                kinds = kinds.or(left);
            }
            let sound = numbers || [Kinds::STRING, Kinds::ARRAY, Kinds::OBJECT].into_iter().any(only);
            (kinds, !(sound || left.within(Kinds::NULL) || right.within(Kinds::NULL)))
        }
        Sub => (same(Kinds::NUMBER.or(Kinds::ARRAY)), !(numbers || only(Kinds::ARRAY))),
        Mul => {
            let mut kinds = same(Kinds::NUMBER.or(Kinds::OBJECT));
            if left.or(right).meets(Kinds::STRING) {
                kinds = kinds.or(Kinds::STRING).or(Kinds::NULL);
            }
            (kinds, !(numbers || only(Kinds::OBJECT)))
        }
        Div => {
            let strings = if same(Kinds::STRING) == Kinds::STRING { Kinds::ARRAY } else { Kinds::NONE };
            (same(Kinds::NUMBER).or(strings), !(numbers || only(Kinds::STRING)))
        }
        Rem => (Kinds::NUMBER, true),
    }
}

fn foreach(fold: &Fold, extract: Option<&Node>) -> Facts {
    let Fold { source, pattern, init, update } = fold;
    let Facts(_, binds, fails) = binding(pattern, source.kinds);
    let (kinds, gives, extract_fails) = match extract {
        Some(extract) => (extract.kinds, extract.outputs, extract.fallible),
        None => (update.kinds, Outputs::ONE, false),
    };
    let outputs = init.outputs.times(source.outputs).times(binds).times(update.outputs).times(gives);
    // A state without successor ends the loop.
    let outputs = if update.is_one() { outputs } else { outputs.at_least(0) };
    let fallible = fails || extract_fails || [source, init, update].into_iter().any(|part| part.fallible);
    Facts(kinds, outputs, fallible)
}

fn call(op: &Op, arguments: &[Node], input: Kinds) -> Facts {
    let Facts(kinds, outputs, fallible) = product(arguments, op.gives);
    let sound = input.within(op.total_on) && arguments.iter().all(|argument| argument.kinds.within(op.argument));
    Facts(kinds, outputs, fallible || !sound)
}

fn run(runner: Runner, filters: &[Node], input: Kinds) -> Facts {
    let fallible = filters.iter().any(|filter| filter.fallible);
    let on_array = fallible || !input.within(Kinds::ARRAY);
    let optional = Outputs { least: 0, most: Some(1) };
    match (runner, filters) {
        (Runner::First | Runner::Last, [filter]) => Facts(filter.kinds, filter.outputs.first(1), fallible),
        (Runner::Limit, [count, filter]) => match &count.kind {
            NodeKind::Constant(Constant::Number(digits)) if digits.parse::<u32>().is_ok() => {
                Facts(filter.kinds, filter.outputs.first(digits.parse().unwrap_or_default()), fallible)
            }
            _ => Facts(filter.kinds, filter.outputs.times(count.outputs).at_least(0), true),
        },
        (Runner::Skip, [count, filter]) => {
            let fails = fallible || !count.kinds.within(Kinds::NUMBER);
            Facts(filter.kinds, filter.outputs.times(count.outputs).at_least(0), fails)
        }
        (Runner::Recurse, [filter]) => Facts(input.or(filter.kinds), Outputs::ANY.at_least(1), fallible),
        (Runner::Until, [_, update]) => Facts(input.or(update.kinds), Outputs::ONE, fallible),
        (Runner::Add, [filter]) => Facts(filter.kinds.or(Kinds::NULL), Outputs::ONE, true),
        (Runner::MapValues, _) => Facts(ITERABLE.and(input), Outputs::ONE, fallible || !input.within(ITERABLE)),
        (Runner::SortBy | Runner::GroupBy, _) => Facts(Kinds::ARRAY, Outputs::ONE, on_array),
        (Runner::MinBy | Runner::MaxBy, _) => Facts(Kinds::ANY, optional, on_array),
        _ => Facts(Kinds::ANY, Outputs::ANY, true),
    }
}

/// Whether a `break` to the label is in the node.
fn breaks(node: &Node, label: Label) -> bool {
    matches!(node.kind, NodeKind::Break(to) if to == label) || node.parts().into_iter().any(|part| breaks(part, label))
}

impl Node {
    /// The nodes it is made of.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        fn keys<'n>(pattern: &'n Pattern, all: &mut Vec<&'n Node>) {
            if let Pattern::Entries(entries) = pattern {
                for (key, inner) in entries {
                    all.push(key);
                    keys(inner, all);
                }
            }
        }
        let mut all = Vec::new();
        match &self.kind {
            NodeKind::Input
            | NodeKind::Constant(_)
            | NodeKind::Variable(_)
            | NodeKind::Empty
            | NodeKind::Error
            | NodeKind::Break(_) => {}
            NodeKind::Path { head, steps } => {
                all.push(&**head);
                all.extend(steps.iter().flat_map(Step::filters));
            }
            NodeKind::Pipe(left, right)
            | NodeKind::Comma(left, right)
            | NodeKind::Alternative(left, right)
            | NodeKind::Logic { left, right, .. }
            | NodeKind::Math(left, _, right)
            | NodeKind::Compare(left, _, right) => all.extend([&**left, &**right]),
            NodeKind::Bind { source, pattern, body } => {
                all.push(&**source);
                keys(pattern, &mut all);
                all.push(&**body);
            }
            NodeKind::If { condition, then, otherwise } => all.extend([&**condition, &**then, &**otherwise]),
            NodeKind::Update { steps, change } => {
                all.extend(steps.iter().flat_map(Step::filters));
                all.push(change.filter());
            }
            NodeKind::Negate(inner) | NodeKind::Array(inner) | NodeKind::Sure(inner) | NodeKind::Label(_, inner) => {
                all.push(&**inner);
            }
            NodeKind::Object(entries) => all.extend(entries.iter().flat_map(|(key, value)| [key, value])),
            NodeKind::Text(parts) | NodeKind::Call(_, parts) | NodeKind::Run(_, parts) => all.extend(parts),
            NodeKind::Try { body, handler } => all.extend([&**body].into_iter().chain(handler.as_deref())),
            NodeKind::Reduce(fold) | NodeKind::Foreach(fold, _) => {
                all.push(&fold.source);
                keys(&fold.pattern, &mut all);
                all.extend([&fold.init, &fold.update]);
                if let NodeKind::Foreach(_, Some(extract)) = &self.kind {
                    all.push(&**extract);
                }
            }
        }
        all
    }
}
