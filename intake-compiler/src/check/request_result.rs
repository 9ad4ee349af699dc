//! **What**: what `request` gives has `results`, an array, and an `iterate` that can become false, beside
//! `polling_state` and not inside it.
//!
//! **Why**: `results` is what the workflows get, and only `iterate == false` says that there is no more.
//!
//! **Example**: `{results: .data, polling_state: {page: .next, iterate: .has_more}}`

use crate::diagnostic::{Code, Diagnostic, Edit, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{Command, CommandKind, Event, IntakeKind};
use crate::shape::{Field, Rest, Shape, ShapeKind};
use crate::source::Span;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    for intake in &manifest.intakes {
        let Some(IntakeKind::Polling(polling)) = &intake.kind else { continue };
        if let Some(request) = &polling.request {
            check_request(request, sink);
        }
    }
}

fn check_request(request: &Event, sink: &mut Sink) {
    let shapes: Vec<Shape> = outputs(&request.command, &[Shape::unknown(request.key)])
        .iter()
        .flat_map(Shape::alternatives)
        .cloned()
        .collect();
    let Some(first) = shapes.first() else { return };
    if shapes.iter().all(lacks_results) {
        sink.push(
            Diagnostic::new(Code::MissingResults, first.span, "what `request` gives has no `results`")
                .secondary(request.key, "of this event")
                .note("`results` is the array of records that the workflows get")
                .help("give an object: `{results: …, iterate: …, polling_state: …}`"),
        );
        return;
    }
    results_are_arrays(&shapes, sink);
    iterate(&shapes, sink);
}

fn lacks_results(shape: &Shape) -> bool {
    match &shape.kind {
        ShapeKind::Never | ShapeKind::Unknown | ShapeKind::OneOf(_) => false,
        ShapeKind::Object(object) => !object.is_open() && object.field("results").is_none(),
        _ => true,
    }
}

fn results_are_arrays(shapes: &[Shape], sink: &mut Sink) {
    for Field { shape: results, .. } in shapes.iter().filter_map(|shape| field(shape, "results")) {
        if results.alternatives().iter().all(is_no_array) {
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
fn is_no_array(shape: &Shape) -> bool {
    !matches!(shape.kind, ShapeKind::Never | ShapeKind::Unknown | ShapeKind::Array(_) | ShapeKind::Null)
}

fn iterate(shapes: &[Shape], sink: &mut Sink) {
    for shape in shapes {
        let ShapeKind::Object(object) = &shape.kind else { continue };
        if object.field("iterate").is_none() {
            let state = object.field("polling_state").map(|field| &field.shape);
            if let Some((state, iterate)) = state.and_then(|state| Some((state, field(state, "iterate")?))) {
                sink.push(in_state(state, iterate.span, &iterate.shape));
            } else if !object.is_open() && object.field("results").is_some() {
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
    let never_stops = |value: &Shape| value.alternatives().iter().all(cannot_be_false);
    // One branch that stops is enough: the others go on on purpose.
    if values.len() < shapes.len() || !values.iter().all(|value| never_stops(value)) {
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
        Some(edits) => found.suggest_all("move it out of `polling_state`", edits),
        None => found.help("close `polling_state` before it: `{results: …, polling_state: { … }, iterate: …}`"),
    }
}

/// The edits that move `iterate` behind the state. They need a key before it, whose end is known, and either a value
/// that can be written anew or a state of which nothing but its braces is around the keys.
fn move_out(state: &Shape, key: Span, value: &Shape) -> Option<Vec<Edit>> {
    let ShapeKind::Object(state_object) = &state.kind else { return None };
    let fields = &state_object.fields;
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

fn cannot_be_false(shape: &Shape) -> bool {
    !matches!(shape.kind, ShapeKind::Never | ShapeKind::Unknown | ShapeKind::Bool(None | Some(false)))
}

/// What a command can give, one shape for each way through it.
fn outputs(command: &Command, input: &[Shape]) -> Vec<Shape> {
    let unknown = || vec![Shape::unknown(command.key)];
    let object = |fields| vec![Shape::object(command.key, fields, Rest::Closed)];
    match &command.kind {
        CommandKind::Jq(Some(program)) => vec![program.shape.clone()],
        CommandKind::Pipe(commands) => commands.iter().fold(input.to_vec(), |input, command| outputs(command, &input)),
        CommandKind::Switch { cases, .. } => cases.iter().flat_map(|case| outputs(case, input)).collect(),
        CommandKind::Save(_) | CommandKind::Print(_) => input.to_vec(),
        CommandKind::Extract { item_keys, .. } => object(
            item_keys
                .iter()
                .map(|key| Field {
                    name: key.value.as_str().into(),
                    span: key.span,
                    shape: Shape::unknown(key.span),
                    optional: false,
                })
                .collect(),
        ),
        CommandKind::Sha { .. } => object(Vec::new()),
        CommandKind::Error(_) => Vec::new(),
        CommandKind::Jq(None) | CommandKind::Http(_) | CommandKind::Respond(_) | CommandKind::Invalid => unknown(),
    }
}

fn field<'a>(shape: &'a Shape, name: &str) -> Option<&'a Field> {
    match &shape.kind {
        ShapeKind::Object(object) => object.field(name),
        _ => None,
    }
}

fn kind_name(shape: &Shape) -> &'static str {
    shape.alternatives().first().map_or("something else", |shape| shape.kind.name())
}
