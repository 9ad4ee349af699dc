//! **What**: what `request` gives has `results`, an array, and an `iterate` that can become false, beside
//! `polling_state` and not inside it.
//!
//! **Why**: `results` is what the workflows get, and only `iterate == false` says that there is no more.
//!
//! **Example**: `{results: .data, polling_state: {page: .next, iterate: .has_more}}`

use super::repeated_request::never_ends;
use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Edit, Sink};
use crate::flow::ways::{field, fields, is, is_open, kind_name};
use crate::flow::{EventFlow, Flow};
use crate::shape::{Field, Shape, ShapeKind};
use crate::source::Span;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for (index, intake) in flow.intakes.iter().enumerate() {
        if let Some(request) = intake.event(EventKind::Request) {
            check_request(request, never_ends(flow, index), sink);
        }
    }
}

fn check_request(request: &EventFlow<'_>, never_ends: bool, sink: &mut Sink) {
    let shapes: Vec<&Shape> = request.output.iter().collect();
    let Some(first) = shapes.first() else { return };
    if shapes.iter().all(|shape| lacks_results(shape)) {
        sink.push(
            Diagnostic::new(Code::MissingResults, first.span, "what `request` gives has no `results`")
                .secondary(request.event.key, "of this event")
                .note("`results` is the array of records that the workflows get")
                .help("give an object: `{results: …, iterate: …, polling_state: …}`"),
        );
        return;
    }
    results_are_arrays(&shapes, sink);
    iterate(&shapes, never_ends, sink);
}

fn lacks_results(shape: &Shape) -> bool {
    !is_open(shape) && field(shape, "results").is_none()
}

fn results_are_arrays(shapes: &[&Shape], sink: &mut Sink) {
    for Field { shape: results, .. } in shapes.iter().filter_map(|shape| field(shape, "results")) {
        if is(results, is_no_array) {
            sink.push(
                Diagnostic::new(Code::MissingResults, results.span, "`results` is no array")
                    .label(format!("is {}", kind_name(results)))
                    .note("each element of `results` is one record for the workflows")
                    .help("wrap a single record in `[ ]`"),
            );
        }
    }
}

/// `null` ends the cycle, so it is allowed.
fn is_no_array(kind: &ShapeKind) -> bool {
    !matches!(kind, ShapeKind::Unknown | ShapeKind::Array(_) | ShapeKind::Null)
}

fn iterate(shapes: &[&Shape], never_ends: bool, sink: &mut Sink) {
    for shape in shapes {
        if field(shape, "iterate").is_none() {
            let state = field(shape, "polling_state").map(|field| &field.shape);
            if let Some((state, iterate)) = state.and_then(|state| Some((state, field(state, "iterate")?))) {
                sink.push(in_state(state, iterate.span, &iterate.shape));
            } else if !is_open(shape) && field(shape, "results").is_some() {
                sink.push(
                    Diagnostic::new(Code::MissingIterate, shape.span, "what `request` gives has no `iterate`")
                        .note("without it the loop stops only when a page is empty, repeated, or a cap is reached")
                        .help("add `iterate: false` for a single request, or what says whether there is more"),
                );
            }
        }
    }
    let values: Vec<&Shape> =
        shapes.iter().filter_map(|shape| field(shape, "iterate")).map(|field| &field.shape).collect();
    // One branch that stops is enough: the others go on on purpose.
    if never_ends || values.len() < shapes.len() || !values.iter().all(|value| is(value, cannot_be_false)) {
        return;
    }
    let Some(value) = values.first() else { return };
    let kind = value.alternatives().first().map(|shape| &shape.kind);
    let found = match kind {
        Some(ShapeKind::Bool(_)) => {
            Diagnostic::new(Code::ConstantIterate, value.span, "`iterate` is always true").label("never stops the loop")
        }
        _ => Diagnostic::new(Code::ConstantIterate, value.span, "`iterate` is no boolean")
            .label(format!("is {}", kind_name(value))),
    };
    sink.push(
        found
            .note("only `false` stops the loop; otherwise an empty or repeated page does, or a cap")
            .help("give what says whether there is more, such as `.has_more` or `(.data | length == 100)`"),
    );
}

fn in_state(state: &Shape, span: Span, value: &Shape) -> Diagnostic {
    let found = Diagnostic::new(Code::IterateInState, span, "`iterate` inside `polling_state`")
        .label("is kept as state and stops nothing")
        .secondary(state.span, "the state")
        .note("the loop reads `iterate` beside `polling_state`, not inside it");
    match move_out(state, span, value) {
        Some(edits) => found.fix_all("move it out of `polling_state`", edits),
        None => found.help("close `polling_state` before it: `{results: …, polling_state: { … }, iterate: …}`"),
    }
}

/// The edits that move `iterate` behind the state. They need a key before it, whose end is known, and either a value
/// that can be written anew or a state of which nothing but its braces is around the keys.
fn move_out(state: &Shape, key: Span, value: &Shape) -> Option<Vec<Edit>> {
    let fields = fields(state);
    let within = |span: Span| state.span.start <= span.start && span.end <= state.span.end;
    if !fields.iter().all(|field| within(field.span) && within(field.shape.span)) {
        return None; // the state is made elsewhere
    }
    let earlier = fields.iter().filter(|earlier| earlier.span.end <= key.start);
    let before = earlier.map(|earlier| earlier.shape.span.end).max().filter(|end| *end <= key.start)?;
    if let ShapeKind::Bool(Some(constant)) = value.kind {
        let cut = Edit { span: Span { start: before, end: value.span.end }, replacement: String::new() };
        let behind = Span::at(state.span.end as usize);
        return Some(vec![cut, Edit { span: behind, replacement: format!(", iterate: {constant}") }]);
    }
    let opens = fields.iter().any(|field| field.span.start == state.span.start + 1);
    let closes = value.span.end + 1 == state.span.end;
    (opens && closes).then(|| {
        let close = Edit { span: Span::at(before as usize), replacement: "}".to_owned() };
        let brace = Span { start: value.span.end, end: state.span.end };
        vec![close, Edit { span: brace, replacement: String::new() }]
    })
}

fn cannot_be_false(kind: &ShapeKind) -> bool {
    !matches!(kind, ShapeKind::Unknown | ShapeKind::Bool(None | Some(false)))
}
