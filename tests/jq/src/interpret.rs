//! The IR, interpreted by means of the very functions that compiled code calls: for programs that rustc never sees.

use intake_compiler::jq::native::ir::{
    Change, Cmp, Constant, Filter, Fold, Math, Node, NodeKind, Pattern, Runner, Step, StepKind, Var,
};
use intake_runtime::native::{self, Flow, Sink, Stop, V, block, land, leave, ops};
use jaq_json::Val;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The labels of runners: those of programs are apart.
const OWN: u32 = 1 << 30;

/// The values of variables.
#[derive(Clone, Default)]
struct Scope(BTreeMap<Var, Val>);

/// Runs a filter.
///
/// # Errors
/// Whatever stopped it.
pub fn run(filter: &Filter, input: &Val, variables: &[Val], sink: &mut Sink<'_>) -> Flow {
    let bound = variables.iter().enumerate().map(|(index, value)| (Var(u32::try_from(index).unwrap()), value.clone()));
    each(&filter.root, &Scope(bound.collect()), input, sink)
}

fn owned<'a>(value: Val) -> V<'a> {
    Cow::Owned(value)
}

fn constant(constant: &Constant) -> Val {
    match constant {
        Constant::Null => Val::Null,
        Constant::Bool(value) => Val::Bool(*value),
        Constant::Number(digits) => native::number(digits),
        Constant::String(text) => Val::from(text.clone()),
    }
}

fn each(node: &Node, scope: &Scope, input: &Val, sink: &mut Sink<'_>) -> Flow {
    match &node.kind {
        NodeKind::Input => sink(Cow::Borrowed(input)),
        NodeKind::Constant(value) => sink(owned(constant(value))),
        NodeKind::Variable(variable) => sink(Cow::Borrowed(&scope.0[variable])),
        NodeKind::Empty => Ok(()),
        NodeKind::Error => native::error(Cow::Borrowed(input)),
        NodeKind::Break(label) => leave(label.0),
        NodeKind::Path { head, steps } => each(head, scope, input, &mut |head| {
            let filters: Vec<&Node> = steps.iter().flat_map(Step::filters).collect();
            all(&filters, scope, input, &mut Vec::new(), &mut |filters| walk(steps, &head, filters, sink))
        }),
        NodeKind::Pipe(left, right) => each(left, scope, input, &mut |value| each(right, scope, &value, sink)),
        NodeKind::Bind { source, pattern, body } => each(source, scope, input, &mut |value| {
            bind(pattern, scope, scope.clone(), &value, &mut |inner| each(body, &inner, input, sink))
        }),
        NodeKind::Comma(left, right) => {
            each(left, scope, input, sink)?;
            each(right, scope, input, sink)
        }
        NodeKind::Alternative(left, right) => {
            let mut any = false;
            each(left, scope, input, &mut |value| {
                if !native::truth(&value) {
                    return Ok(());
                }
                any = true;
                sink(value)
            })?;
            if any { Ok(()) } else { each(right, scope, input, sink) }
        }
        NodeKind::Logic { stop, left, right } => each(left, scope, input, &mut |value| {
            if native::truth(&value) == *stop {
                return sink(native::boolean(*stop));
            }
            each(right, scope, input, &mut |value| sink(native::boolean(native::truth(&value))))
        }),
        NodeKind::If { condition, then, otherwise } => each(condition, scope, input, &mut |value| {
            each(if native::truth(&value) { then } else { otherwise }, scope, input, sink)
        }),
        NodeKind::Negate(inner) => each(inner, scope, input, &mut |value| sink(native::negate(value)?)),
        NodeKind::Math(left, math, right) => each(left, scope, input, &mut |left| {
            each(right, scope, input, &mut |right| sink(arithmetic(*math, left.clone(), right)?))
        }),
        NodeKind::Compare(left, cmp, right) => each(left, scope, input, &mut |left| {
            each(right, scope, input, &mut |right| sink(native::boolean(compare(*cmp, &left, &right))))
        }),
        NodeKind::Array(inner) => {
            let mut items = Vec::new();
            each(inner, scope, input, &mut |item| {
                items.push(item.into_owned());
                Ok(())
            })?;
            sink(native::array(items))
        }
        NodeKind::Object(entries) => {
            let parts: Vec<&Node> = entries.iter().flat_map(|(key, value)| [key, value]).collect();
            all(&parts, scope, input, &mut Vec::new(), &mut |parts| {
                let mut entries = native::entries();
                for pair in parts.chunks_exact(2) {
                    native::put(&mut entries, owned(pair[0].clone()), owned(pair[1].clone()));
                }
                sink(native::object(entries))
            })
        }
        NodeKind::Text(parts) => {
            let parts: Vec<&Node> = parts.iter().collect();
            all(&parts, scope, input, &mut Vec::new(), &mut |parts| {
                let mut text = native::Text::new();
                parts.iter().try_for_each(|part| text.push(part))?;
                sink(text.finish())
            })
        }
        NodeKind::Try { body, handler } => {
            let mut held = None;
            let outcome = each(body, scope, input, &mut |value| native::hold(sink(value), &mut held));
            match (native::caught(outcome, held)?, handler) {
                (Err(failure), Some(handler)) => each(handler, scope, &failure.value()?, sink),
                _ => Ok(()),
            }
        }
        NodeKind::Sure(inner) => {
            let mut held = None;
            let outcome = each(inner, scope, input, &mut |value| native::hold(sink(value), &mut held));
            native::sure(outcome, held)
        }
        NodeKind::Label(label, body) => land(each(body, scope, input, sink), label.0),
        NodeKind::Update { steps, change } => match &**change {
            Change::Filter(filter) => {
                update(steps, scope, input, &mut |value, sink| each(filter, scope, value, sink), sink)
            }
            change => each(change.filter(), scope, input, &mut |new| {
                let mut changed = |old: &Val, sink: &mut Sink<'_>| match change {
                    Change::Math(math, _) => sink(arithmetic(*math, Cow::Borrowed(old), new.clone())?),
                    Change::Alternative(_) if native::truth(old) => sink(Cow::Borrowed(old)),
                    _ => sink(new.clone()),
                };
                update(steps, scope, input, &mut changed, sink)
            }),
        },
        NodeKind::Reduce(fold) => reduce(fold, scope, input, sink),
        NodeKind::Foreach(fold, extract) => foreach(fold, extract.as_deref(), scope, input, sink),
        NodeKind::Call(op, arguments) => {
            let arguments: Vec<&Node> = arguments.iter().collect();
            all(&arguments, scope, input, &mut Vec::new(), &mut |arguments| {
                sink(owned(call(op.rust, input, arguments)?))
            })
        }
        NodeKind::Run(runner, filters) => runs(*runner, filters, scope, input, sink),
    }
}

fn update(
    steps: &[Step],
    scope: &Scope,
    input: &Val,
    change: &mut dyn FnMut(&Val, &mut Sink<'_>) -> Flow,
    sink: &mut Sink<'_>,
) -> Flow {
    let mut state = input.clone();
    let filters: Vec<&Node> = steps.iter().flat_map(Step::filters).collect();
    all(&filters, scope, input, &mut Vec::new(), &mut |filters| {
        let mut filters = filters.iter();
        let steps: Vec<_> = steps
            .iter()
            .map(|step| match step.kind {
                StepKind::Index(_) => native::Step::Index(filters.next().unwrap(), step.optional),
                _ => native::Step::Each(step.optional),
            })
            .collect();
        native::update(&mut state, &steps, change)
    })?;
    sink(owned(state))
}

/// For each combination of outputs.
fn all(
    filters: &[&Node],
    scope: &Scope,
    input: &Val,
    done: &mut Vec<Val>,
    then: &mut dyn FnMut(&[Val]) -> Flow,
) -> Flow {
    let Some((first, rest)) = filters.split_first() else { return then(done) };
    each(first, scope, input, &mut |value| {
        done.push(value.into_owned());
        let flow = all(rest, scope, input, done, then);
        done.pop();
        flow
    })
}

fn walk(steps: &[Step], from: &Val, filters: &[Val], sink: &mut Sink<'_>) -> Flow {
    let Some((step, rest)) = steps.split_first() else { return sink(Cow::Borrowed(from)) };
    let (found, rest_filters) = match &step.kind {
        StepKind::Iterate if step.optional => {
            return native::each_or_none(from, |item| walk(rest, item, filters, sink));
        }
        StepKind::Iterate => return native::each(from, |item| walk(rest, item, filters, sink)),
        StepKind::Index(_) => (native::index(from, &filters[0]), &filters[1..]),
        StepKind::Slice(low, high) => {
            let mut left = filters.iter();
            let low = low.as_ref().and_then(|_| left.next());
            let high = high.as_ref().and_then(|_| left.next());
            (native::slice(from, low, high), left.as_slice())
        }
    };
    let found = if step.optional { native::optional(found)? } else { Some(found?) };
    found.map_or(Ok(()), |found| walk(rest, &found, rest_filters, sink))
}

fn bind(pattern: &Pattern, outer: &Scope, mut inner: Scope, value: &Val, then: &mut dyn FnMut(Scope) -> Flow) -> Flow {
    match pattern {
        Pattern::Variable(variable) => {
            inner.0.insert(*variable, value.clone());
            then(inner)
        }
        Pattern::Entries(entries) => bind_entries(entries, outer, inner, value, then),
    }
}

fn bind_entries(
    entries: &[(Node, Pattern)],
    outer: &Scope,
    inner: Scope,
    value: &Val,
    then: &mut dyn FnMut(Scope) -> Flow,
) -> Flow {
    let Some(((key, pattern), rest)) = entries.split_first() else { return then(inner) };
    each(key, outer, value, &mut |key| {
        let part = native::index(value, &key)?;
        bind(pattern, outer, inner.clone(), &part, &mut |inner| bind_entries(rest, outer, inner, value, then))
    })
}

fn arithmetic<'a>(math: Math, left: V<'_>, right: V<'_>) -> Result<V<'a>, Stop> {
    match math {
        Math::Add => native::add(left, right),
        Math::Sub => native::sub(left, right),
        Math::Mul => native::mul(left, right),
        Math::Div => native::div(left, right),
        Math::Rem => native::rem(left, right),
    }
}

fn compare(cmp: Cmp, left: &Val, right: &Val) -> bool {
    match cmp {
        Cmp::Eq => native::eq(left, right),
        Cmp::Ne => native::ne(left, right),
        Cmp::Lt => native::lt(left, right),
        Cmp::Le => native::le(left, right),
        Cmp::Gt => native::gt(left, right),
        Cmp::Ge => native::ge(left, right),
    }
}

/// The next state, if there is one.
fn next(fold: &Fold, scope: &Scope, state: &Val) -> Result<Option<Val>, Stop> {
    let mut next = None;
    each(&fold.update, scope, state, &mut |value| {
        next = Some(value.into_owned());
        Ok(())
    })?;
    Ok(next)
}

fn reduce(fold: &Fold, scope: &Scope, input: &Val, sink: &mut Sink<'_>) -> Flow {
    each(&fold.init, scope, input, &mut |init| {
        let mut state = Some(init.into_owned());
        let flow = each(&fold.source, scope, input, &mut |value| {
            bind(&fold.pattern, scope, scope.clone(), &value, &mut |inner| {
                state = match &state {
                    Some(last) => next(fold, &inner, last)?,
                    None => None,
                };
                if state.is_some() { Ok(()) } else { leave(OWN) }
            })
        });
        land(flow, OWN)?;
        state.map_or(Ok(()), |state| sink(owned(state)))
    })
}

fn foreach(fold: &Fold, extract: Option<&Node>, scope: &Scope, input: &Val, sink: &mut Sink<'_>) -> Flow {
    each(&fold.init, scope, input, &mut |init| {
        let mut state = init.into_owned();
        let mut held = None;
        let flow = each(&fold.source, scope, input, &mut |value| {
            bind(&fold.pattern, scope, scope.clone(), &value, &mut |inner| {
                state = next(fold, &inner, &state)?.ok_or(Stop::Break(OWN))?;
                let flow = match extract {
                    Some(extract) => each(extract, &inner, &state, sink),
                    None => sink(Cow::Borrowed(&state)),
                };
                native::hold(flow, &mut held)
            })
        });
        match held {
            Some(stop) => Err(stop),
            None => land(flow, OWN),
        }
    })
}

fn keys(node: &Node, scope: &Scope) -> impl FnMut(&Val, &mut Vec<Val>) -> Flow {
    move |item, keys| {
        each(node, scope, item, &mut |value| {
            keys.push(value.into_owned());
            Ok(())
        })
    }
}

fn runs(runner: Runner, filters: &[Node], scope: &Scope, input: &Val, sink: &mut Sink<'_>) -> Flow {
    let filter = |index: usize| &filters[index];
    match runner {
        Runner::First | Runner::Last => {
            let mut kept = None;
            let flow = each(filter(0), scope, input, &mut |value| {
                kept = Some(value.into_owned());
                if runner == Runner::First { leave(OWN) } else { Ok(()) }
            });
            land(flow, OWN)?;
            kept.map_or(Ok(()), |value| sink(owned(value)))
        }
        Runner::Limit => each(filter(0), scope, input, &mut |count| {
            let mut left = native::count(&count)?;
            if left <= 0 {
                return Ok(());
            }
            let mut held = None;
            let flow = each(filter(1), scope, input, &mut |value| {
                left -= 1;
                native::hold(sink(value), &mut held)?;
                if left <= 0 { leave(OWN) } else { Ok(()) }
            });
            match held {
                Some(stop) => Err(stop),
                None => land(flow, OWN),
            }
        }),
        Runner::Skip => each(filter(0), scope, input, &mut |count| {
            let mut left = native::count(&count)?;
            each(filter(1), scope, input, &mut |value| {
                if left > 0 {
                    left -= 1;
                    return Ok(());
                }
                sink(value)
            })
        }),
        Runner::Range => {
            let bounds: Vec<&Node> = filters.iter().collect();
            all(&bounds, scope, input, &mut Vec::new(), &mut |bounds| {
                native::range(owned(bounds[0].clone()), &bounds[1], &bounds[2], &mut *sink)
            })
        }
        Runner::Recurse => {
            native::recurse(Cow::Borrowed(input), &|value, sink| each(filter(0), scope, value, sink), sink)
        }
        Runner::Until => {
            let mut state = input.clone();
            loop {
                let mut done = false;
                each(filter(0), scope, &state, &mut |value| {
                    done = native::truth(&value);
                    Ok(())
                })?;
                if done {
                    return sink(owned(state));
                }
                let mut next = None;
                each(filter(1), scope, &state, &mut |value| {
                    next = Some(value.into_owned());
                    Ok(())
                })?;
                state = native::one(next)?;
            }
        }
        Runner::Add => {
            let mut sum = Val::Null;
            each(filter(0), scope, input, &mut |value| native::add_to(&mut sum, value))?;
            sink(owned(sum))
        }
        Runner::MapValues => {
            sink(native::map_values(input, |value, sink: &mut Sink<'_>| each(filter(0), scope, value, sink))?)
        }
        Runner::SortBy => sink(native::sort_by(input, &mut keys(filter(0), scope))?),
        Runner::GroupBy => sink(native::group_by(input, &mut keys(filter(0), scope))?),
        Runner::MinBy => native::min_by(input, &mut keys(filter(0), scope))?.map_or(Ok(()), sink),
        Runner::MaxBy => native::max_by(input, &mut keys(filter(0), scope))?.map_or(Ok(()), sink),
        Runner::FromJson => native::from_json(input, sink),
    }
}

macro_rules! table {
    ($name:expr, $input:expr, $arguments:expr; $($nullary:ident)*; $($unary:ident)*) => {
        match ($name, $arguments) {
            $((stringify!($nullary), []) => ops::$nullary($input),)*
            $((stringify!($unary), [first]) => ops::$unary($input, first),)*
            (other, _) => panic!("{other} is missing here"),
        }
    };
}

fn call(name: &str, input: &Val, arguments: &[Val]) -> Result<Val, Stop> {
    block(|| {
        table!(name, input, arguments;
            tostring tojson tonumber toboolean type_name is_boolean is_number is_string is_array is_object not length
            utf8bytelength keys keys_unsorted key_values to_entries from_entries reverse sort flatten floor round ceil
            fabs trunc sqrt explode implode ascii_downcase ascii_upcase trim ltrim rtrim escape_sh escape_html
            encode_uri encode_base64;
            has contains indices startswith endswith ltrimstr rtrimstr split join flatten_by bsearch)
    })
}
