//! Updates.

use super::{Bound, Lower, Scope, UPDATE};
use crate::jq::native::Unsupported;
use crate::jq::native::ir::{Change, Kinds, Node, NodeKind, Step, StepKind};
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::{Opt, Part};

impl<'t> Lower<'_> {
    pub(super) fn update(
        &mut self,
        path: &'t Term<&'t str>,
        operator: &'t BinaryOp<&'t str>,
        right: &'t Term<&'t str>,
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<Node, Unsupported> {
        let mut steps = Vec::new();
        self.target(path, scope, input, &mut steps)?;
        if steps.is_empty() {
            return self.unsupported(scope, UPDATE);
        }
        let kinds = if matches!(operator, BinaryOp::Update) { Kinds::ANY } else { input };
        let filter = self.term(right, scope, kinds)?;
        let change = Box::new(match operator {
            BinaryOp::Update => Change::Filter(filter),
            BinaryOp::UpdateMath(math) => Change::Math(*math, filter),
            BinaryOp::UpdateAlt => Change::Alternative(filter),
            _ => Change::Set(filter),
        });
        let steps = self.steps_in_turn(steps, input);
        Ok(self.node(NodeKind::Update { steps, change }, input))
    }

    /// The steps from `.` to what an update changes.
    fn target(
        &mut self,
        path: &'t Term<&'t str>,
        scope: &Scope<'t>,
        input: Kinds,
        steps: &mut Vec<Step>,
    ) -> Result<(), Unsupported> {
        match path {
            Term::Id => Ok(()),
            Term::Path(head, parts) => {
                self.target(head, scope, input, steps)?;
                let first = steps.is_empty();
                for (part, opt) in &parts.0 {
                    let kind = match part {
                        Part::Index(index) => StepKind::Index(self.term(index, scope, input)?),
                        Part::Range(None, None) => StepKind::Iterate,
                        Part::Range(..) => return self.unsupported(scope, UPDATE),
                    };
                    // Behind other steps, a filter has another input.
                    if let StepKind::Index(index) = &kind
                        && !first
                        && !matches!(index.kind, NodeKind::Constant(_) | NodeKind::Variable(_))
                    {
                        return self.unsupported(scope, UPDATE);
                    }
                    steps.push(Step { kind, optional: matches!(opt, Opt::Optional) });
                }
                Ok(())
            }
            Term::BinOp(left, BinaryOp::Pipe(None), right) => {
                self.target(left, scope, input, steps)?;
                self.target(right, scope, input, steps)
            }
            Term::Call(name, arguments) if arguments.is_empty() => {
                let argument = scope.names().find_map(|known| match &known.bound {
                    Bound::Argument(bound, term, scope) if bound == name => Some((*term, scope.clone())),
                    _ => None,
                });
                match argument {
                    Some((term, scope)) => self.target(term, &scope, input, steps),
                    None => self.unsupported(scope, UPDATE),
                }
            }
            _ => self.unsupported(scope, UPDATE),
        }
    }
}
