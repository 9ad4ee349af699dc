//! Giving a name another name: only where everything that means it is understood.

use super::File;
use super::symbols::{self, Occurrence, Symbol, key_behind};
use intake_compiler::check::visit::{self, EventKind, Item, Place};
use intake_compiler::diagnostic::Edit;
use intake_compiler::flow::ways;
use intake_compiler::jq::Program;
use intake_compiler::manifest::model::Intake;
use intake_compiler::source::Span;
use intake_compiler::template::{Root, Step};

/// What would be renamed: the name in its place.
///
/// # Errors
/// If nothing at the offset has a name, or not everything that means it is understood; why.
pub fn prepare(file: &File, offset: usize) -> Result<Span, String> {
    let all = symbols::occurrences(file);
    let here = symbols::at(&all, offset).ok_or("there is no name here that can be changed")?;
    understood(file, &all, &here.symbol)?;
    Ok(here.span)
}

/// The edits that rename what is at an offset.
///
/// # Errors
/// If that cannot be done without changing what the manifest means; why.
pub fn rename(file: &File, offset: usize, name: &str) -> Result<Vec<Edit>, String> {
    let all = symbols::occurrences(file);
    let here = symbols::at(&all, offset).ok_or("there is no name here that can be changed")?;
    understood(file, &all, &here.symbol)?;
    let renamed = fits(&here.symbol, name)?;
    if renamed != here.symbol && all.iter().any(|found| found.symbol == renamed) {
        return Err(format!("`{name}` is the name of another one"));
    }
    let same = all.iter().filter(|found| found.symbol == here.symbol);
    Ok(same.map(|found| edit(file.text(), found, name)).collect())
}

/// The symbol under its new name, if it can have that name.
fn fits(symbol: &Symbol, name: &str) -> Result<Symbol, String> {
    let is_key = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_segment = |c: char| {
        !matches!(c, '.' | ':' | '|' | '{' | '}' | '[' | ']' | '"' | '\\' | '$')
            && !c.is_whitespace()
            && !c.is_control()
    };
    let name_of = name.to_owned();
    match symbol {
        Symbol::State(intake, _) if is_key => Ok(Symbol::State(*intake, name_of)),
        Symbol::Saved(scope, _) if is_key => Ok(Symbol::Saved(*scope, name_of)),
        Symbol::State(..) | Symbol::Saved(..) => {
            Err(format!("`{name}` is no key: a key has letters, digits and `_`, and no digit first"))
        }
        Symbol::Field(_) if !name.is_empty() && name.chars().all(is_segment) => Ok(Symbol::Field(name_of)),
        Symbol::Field(_) => Err(format!("`{name}` is no id: white space and `.`, `:`, `|`, brackets cannot be in one")),
        Symbol::Intake(_) if name.trim().is_empty() || name.contains("${") => {
            Err("the name of an intake is a text without variables".to_owned())
        }
        Symbol::Intake(_) => Ok(Symbol::Intake(name_of)),
    }
}

fn edit(text: &str, found: &Occurrence, name: &str) -> Edit {
    let old = &text[found.span.range()];
    let replacement = match &found.symbol {
        Symbol::Intake(_) => {
            let literal = serde_json::Value::from(name).to_string();
            literal[1..literal.len() - 1].to_owned()
        }
        Symbol::State(..) | Symbol::Saved(..) if found.is_written => {
            let before = &text[..found.span.start as usize];
            let is_named = !is_shorthand(text, found.span);
            match before.ends_with('$') {
                _ if is_named => name.to_owned(),
                // `{$old}`: the variable keeps its name.
                true => {
                    let span = Span::new(found.span.start as usize - 1, found.span.end as usize);
                    return Edit { span, replacement: format!("{name}: ${old}") };
                }
                // `{old}` is `{old: .old}`.
                false => format!("{name}: .{old}"),
            }
        }
        _ => name.to_owned(),
    };
    Edit { span: found.span, replacement }
}

/// Whether a key of an object of jq has no value of its own.
fn is_shorthand(text: &str, key: Span) -> bool {
    let rest = text[key.end as usize..].trim_start_matches(['\\', '"']).trim_start();
    !rest.starts_with(':')
}

/// Whether everything that means a symbol has been found; why not.
fn understood(file: &File, all: &[Occurrence], symbol: &Symbol) -> Result<(), String> {
    let flow = file.analysis.flow();
    let whole = |intake: &Intake| match flow.intakes.iter().find(|flow| flow.intake.span == intake.span) {
        Some(flow) if flow.is_understood() => Ok(()),
        _ => Err(format!("the intake at line {} has mistakes: mend them first", line(file, intake.span))),
    };
    // What stands behind a mistake of the JSON may not have been read at all.
    if let Some(found) = file.found().find(|found| found.code.as_str() < "IN02") {
        return Err(format!("the JSON is wrong at line {}: mend that first", line(file, found.primary.span)));
    }
    if let Some(span) = symbols::hidden(file, symbol) {
        return Err(format!("the variable at line {} is written with escapes", line(file, span)));
    }
    match symbol {
        Symbol::Intake(_) => Ok(()),
        Symbol::Field(_) => file.analysis.manifest.intakes.iter().try_for_each(whole),
        Symbol::State(span, key) => {
            let intakes = file.analysis.manifest.intakes.iter();
            let intake =
                intakes.into_iter().find(|intake| intake.span == *span).ok_or("the intake is not understood")?;
            whole(intake)?;
            let state = flow.intakes.iter().find(|flow| flow.intake.span == *span).and_then(|flow| flow.state.as_ref());
            if state.is_none_or(|state| state.keys().1) {
                return Err("an event writes a state of which not all keys are known".to_owned());
            }
            read_as_a_whole(file, intake)?;
            written_where_named(file, all, symbol, key, &[intake])
        }
        Symbol::Saved(scope, key) => {
            let intakes: Vec<&Intake> = file.analysis.manifest.intakes.iter().collect();
            intakes.iter().try_for_each(|intake| whole(intake))?;
            if flow.saved.is_open(*scope) {
                return Err("something is saved of which not all keys are known".to_owned());
            }
            written_where_named(file, all, symbol, key, &intakes)
        }
    }
}

fn line(file: &File, span: Span) -> u32 {
    file.source.position(span.start).line
}

/// Whoever reads the whole state may read any key of it.
fn read_as_a_whole(file: &File, intake: &Intake) -> Result<(), String> {
    let mut found = None;
    visit::intake(intake, &mut |item, _| {
        if let Item::Variable(variable) = item
            && variable.path.root == Root::PollingState
            && variable.path.steps.is_empty()
            && key_behind(file.text(), variable.span).is_none()
        {
            found = Some(variable.span);
        }
    });
    match found {
        Some(span) => {
            Err(format!("the whole state is read at line {}: what becomes of the key is not known", line(file, span)))
        }
        None => Ok(()),
    }
}

/// Every write is a key in an object of jq, and nothing behind it reads the key on its way to the state.
fn written_where_named(
    file: &File,
    all: &[Occurrence],
    symbol: &Symbol,
    key: &str,
    intakes: &[&Intake],
) -> Result<(), String> {
    let writes: Vec<Span> =
        all.iter().filter(|found| found.is_written && found.symbol == *symbol).map(|found| found.span).collect();
    if writes.is_empty() {
        return Err(format!("nothing that writes `{key}` is known"));
    }
    if writes.len() < written(file, symbol) {
        return Err(format!("`{key}` is written at a place that does not name it"));
    }
    for (event, programs) in programs(intakes) {
        let is_in = |program: &Program| writes.iter().any(|write| holds(program.span, *write));
        let Some(first) = programs.iter().position(|program| is_in(program)) else { continue };
        for (index, program) in programs.iter().enumerate().skip(first) {
            let text = &file.text()[program.span.range()];
            let reads = match index == first || is_in(program) {
                true => text.contains(".polling_state") || reads_of_variable(text, key),
                false => mentions(text, key),
            };
            if reads {
                let line = line(file, program.span);
                return Err(format!(
                    "the program at line {line}, in `{}`, may read `{key}` of what is written",
                    event.as_str()
                ));
            }
        }
    }
    let mut found = None;
    for intake in intakes {
        visit::intake(intake, &mut |item, _| {
            if let Item::Variable(variable) = item
                && matches!(variable.path.root, Root::PipedContent(_))
                && variable.path.steps.iter().any(|step| matches!(step, Step::Key(name) if name == key))
                && variable.path.steps.iter().any(|step| matches!(step, Step::Key(name) if name == "polling_state"))
            {
                found = Some(variable.span);
            }
        });
    }
    found.map_or(Ok(()), |span| Err(format!("`piped_content` at line {} may read `{key}`", line(file, span))))
}

/// At how many places a key is written.
fn written(file: &File, symbol: &Symbol) -> usize {
    let flow = file.analysis.flow();
    let mut keys: Vec<Span> = match symbol {
        Symbol::State(intake, name) => {
            let flows = flow.intakes.iter().filter(|flow| flow.intake.span == *intake);
            let writes = flows.flat_map(|flow| &flow.state).flat_map(|state| state.written());
            let fields = writes.flat_map(|write| write.shape.alternatives()).flat_map(ways::fields);
            fields.filter(|field| *field.name == **name).map(|field| field.span).collect()
        }
        Symbol::Saved(scope, name) => flow.saved.savers(*scope, name).iter().map(|saver| saver.key).collect(),
        Symbol::Intake(_) | Symbol::Field(_) => Vec::new(),
    };
    keys.sort_unstable();
    keys.dedup();
    keys.len()
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The programs of each event, in the order in which they stand.
fn programs<'a>(intakes: &[&'a Intake]) -> Vec<(EventKind, Vec<&'a Program>)> {
    let mut found: Vec<(EventKind, Vec<&Program>)> = Vec::new();
    for intake in intakes {
        for (kind, event) in visit::events(intake) {
            let mut programs = Vec::new();
            visit::intake(intake, &mut |item, context| {
                if let (Item::Filter(program) | Item::SwitchIndex(program), Place::Event(_, of)) = (item, context.place)
                    && of == kind
                    && holds(event.command.span, program.span)
                {
                    programs.push(program);
                }
            });
            programs.sort_by_key(|program| program.span);
            found.push((kind, programs));
        }
    }
    found
}

/// Whether a key stands in a text as a word of its own.
fn mentions(text: &str, key: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(key)
        .any(|(at, _)| !text[..at].ends_with(is_name) && !text[at + key.len()..].starts_with(is_name))
}

/// `$x.key`: a key of what the program has bound.
fn reads_of_variable(text: &str, key: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let dotted = format!(".{key}");
    text.match_indices(&dotted).any(|(at, _)| {
        let before = text[..at].trim_end_matches(is_name);
        before.len() < at && before.ends_with('$') && !text[at + dotted.len()..].starts_with(is_name)
    })
}
