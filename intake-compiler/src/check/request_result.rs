//! **What**: what `request` gives has `results`, an array, and an `iterate` that can become false, beside
//! `polling_state` and not inside it.
//!
//! **Why**: `results` is what the workflows get, and only `iterate == false` says that there is no more.
//!
//! **Example**: `{results: .data, polling_state: {page: .next, iterate: .has_more}}`

use crate::diagnostic::{Code, Diagnostic, Edit, Sink};
use crate::jq::{Shape, ShapeKind};
use crate::manifest::Manifest;
use crate::manifest::model::{Command, CommandKind, Event, IntakeKind};
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
    let shapes: Vec<Shape> = outputs(&request.command, &[Shape { span: request.key, kind: ShapeKind::Unknown }])
        .iter()
        .flat_map(alternatives)
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
        ShapeKind::Unknown | ShapeKind::OneOf(_) => false,
        ShapeKind::Object { keys, open } => !open && !keys.iter().any(|(key, ..)| key == "results"),
        _ => true,
    }
}

fn results_are_arrays(shapes: &[Shape], sink: &mut Sink) {
    for (_, results) in shapes.iter().filter_map(|shape| key(shape, "results")) {
        if alternatives(results).iter().all(|shape| is_no_array(shape)) {
            sink.push(
                Diagnostic::new(Code::MissingResults, results.span, "`results` is no array")
                    .label(format!("is {}", kind_name(alternatives(results).first().copied())))
                    .note("each element of `results` is one record for the workflows")
                    .help("wrap a single record in `[ ]`"),
            );
        }
    }
}

/// `null` ends the cycle, so it is allowed.
fn is_no_array(shape: &Shape) -> bool {
    !matches!(shape.kind, ShapeKind::Unknown | ShapeKind::Array | ShapeKind::Null | ShapeKind::OneOf(_))
}

fn iterate(shapes: &[Shape], sink: &mut Sink) {
    for shape in shapes {
        let ShapeKind::Object { open, .. } = &shape.kind else { continue };
        if key(shape, "iterate").is_none() {
            let state = key(shape, "polling_state").map(|(_, state)| state);
            if let Some((state, (span, value))) = state.and_then(|state| Some((state, key(state, "iterate")?))) {
                sink.push(in_state(state, span, value));
            } else if !open && key(shape, "results").is_some() {
                sink.push(
                    Diagnostic::new(Code::MissingIterate, shape.span, "what `request` gives has no `iterate`")
                        .note("without it the loop stops only when a page is empty, repeated, or a cap is reached")
                        .help("add `iterate: false` for a single request, or what says whether there is more"),
                );
            }
        }
    }
    let values: Vec<(Span, &Shape)> = shapes.iter().filter_map(|shape| key(shape, "iterate")).collect();
    let never_stops = |value: &Shape| alternatives(value).iter().all(|shape| cannot_be_false(shape));
    // One branch that stops is enough: the others go on on purpose.
    if values.len() < shapes.len() || !values.iter().all(|(_, value)| never_stops(value)) {
        return;
    }
    let Some((_, value)) = values.first() else { return };
    let kind = alternatives(value).first().map(|shape| &shape.kind);
    let found = match kind {
        Some(ShapeKind::Bool(_)) => {
            Diagnostic::new(Code::ConstantIterate, value.span, "`iterate` is always true").label("never stops the loop")
        }
        _ => Diagnostic::new(Code::ConstantIterate, value.span, "`iterate` is no boolean")
            .label(format!("is {}", kind_name(alternatives(value).first().copied()))),
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
    let ShapeKind::Object { keys, .. } = &state.kind else { return None };
    let within = |span: Span| state.span.start <= span.start && span.end <= state.span.end;
    if !keys.iter().all(|(_, key, value)| within(*key) && within(value.span)) {
        return None; // the state is made elsewhere
    }
    let earlier = keys.iter().filter(|(_, earlier, _)| earlier.end <= key.start);
    let before = earlier.map(|(.., value)| value.span.end).max().filter(|end| *end <= key.start)?;
    if let ShapeKind::Bool(Some(constant)) = value.kind {
        let cut = Edit { span: Span { start: before, end: value.span.end }, replacement: String::new() };
        let behind = Span::at(state.span.end as usize);
        return Some(vec![cut, Edit { span: behind, replacement: format!(", iterate: {constant}") }]);
    }
    let opens = keys.iter().any(|(_, key, _)| key.start == state.span.start + 1);
    let closes = value.span.end + 1 == state.span.end;
    (opens && closes).then(|| {
        let close = Edit { span: Span::at(before as usize), replacement: "}".to_owned() };
        let brace = Span { start: value.span.end, end: state.span.end };
        vec![close, Edit { span: brace, replacement: String::new() }]
    })
}

fn cannot_be_false(shape: &Shape) -> bool {
    !matches!(shape.kind, ShapeKind::Unknown | ShapeKind::Bool(None | Some(false)) | ShapeKind::OneOf(_))
}

/// What a command can give, one shape for each way through it.
fn outputs(command: &Command, input: &[Shape]) -> Vec<Shape> {
    let unknown = || vec![Shape { span: command.key, kind: ShapeKind::Unknown }];
    let object = |keys: Vec<(String, Span, Shape)>| {
        vec![Shape { span: command.key, kind: ShapeKind::Object { keys, open: false } }]
    };
    match &command.kind {
        CommandKind::Jq(Some(program)) => vec![program.shape.clone()],
        CommandKind::Pipe(commands) => commands.iter().fold(input.to_vec(), |input, command| outputs(command, &input)),
        CommandKind::Switch { cases, .. } => cases.iter().flat_map(|case| outputs(case, input)).collect(),
        CommandKind::Save(_) | CommandKind::Print(_) => input.to_vec(),
        CommandKind::Extract { item_keys, .. } => object(
            item_keys
                .iter()
                .map(|key| (key.value.clone(), key.span, Shape { span: key.span, kind: ShapeKind::Unknown }))
                .collect(),
        ),
        CommandKind::Sha { .. } => object(Vec::new()),
        CommandKind::Error(_) => Vec::new(),
        CommandKind::Jq(None) | CommandKind::Http(_) | CommandKind::Respond(_) | CommandKind::Invalid => unknown(),
    }
}

/// The shapes that a shape is one of.
fn alternatives(shape: &Shape) -> Vec<&Shape> {
    match &shape.kind {
        ShapeKind::OneOf(shapes) => shapes.iter().flat_map(alternatives).collect(),
        _ => vec![shape],
    }
}

fn key<'a>(shape: &'a Shape, name: &str) -> Option<(Span, &'a Shape)> {
    match &shape.kind {
        ShapeKind::Object { keys, .. } => {
            keys.iter().find(|(key, ..)| key == name).map(|(_, span, value)| (*span, value))
        }
        _ => None,
    }
}

fn kind_name(shape: Option<&Shape>) -> &'static str {
    match shape.map(|shape| &shape.kind) {
        Some(ShapeKind::Null) => "`null`",
        Some(ShapeKind::Bool(_)) => "a boolean",
        Some(ShapeKind::Number) => "a number",
        Some(ShapeKind::String) => "a string",
        Some(ShapeKind::Array) => "an array",
        Some(ShapeKind::Object { .. }) => "an object",
        Some(ShapeKind::Unknown | ShapeKind::OneOf(_)) | None => "something else",
    }
}
