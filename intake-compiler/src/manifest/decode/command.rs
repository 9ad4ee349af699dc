//! Events and the commands they run.

use super::fields::{Object, array, described, listed, literal, printable, quoted, string, type_of};
use super::http;
use super::value::{text, value};
use crate::diagnostic::suggest::{self, Meant};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Sink};
use crate::jq;
use crate::json::{Kind, Member, Node};
use crate::manifest::grammar::{ALGORITHMS, COMMAND, EXTRACT, RESPOND, SAVE, SCOPES, SHA, SWITCH};
use crate::manifest::model::{Command, CommandKind, Event, Respond};
use crate::source::Span;

/// Algorithms that are refused: their output has the length one asks for.
const WITHOUT_LENGTH: [&str; 2] = ["shake_128", "shake_256"];

/// Decodes the event that `member` is.
pub(super) fn event(member: &Member, sink: &mut Sink) -> Event {
    Event { key: member.key.span, command: command(&member.value, sink) }
}

/// Decodes a command; a mistake in it is reported and gives [`CommandKind::Invalid`].
pub(super) fn command(node: &Node, sink: &mut Sink) -> Command {
    let invalid = Command { span: node.span, key: node.span, kind: CommandKind::Invalid };
    if !matches!(node.kind, Kind::Object(_)) {
        not_an_object(node, sink);
        return invalid;
    }
    let Some(object) = Object::of(node, COMMAND.what, None, sink) else { return invalid };
    let decoded = |member: &Member, sink: &mut Sink| Command {
        span: member.key.span.to(member.value.span),
        key: member.key.span,
        kind: kind(member, sink),
    };
    match commands_of(&object, node, sink).as_slice() {
        [] => invalid,
        [member] => Command { span: node.span, ..decoded(member, sink) },
        // One after the other is the suggested way to mend it, so they are checked like that.
        several => {
            let commands = several.iter().map(|member| decoded(member, sink)).collect();
            Command { kind: CommandKind::Pipe(commands), ..invalid }
        }
    }
}

/// Reports what stands in a command's place, with the command that was probably meant.
fn not_an_object(node: &Node, sink: &mut Sink) {
    let around = |before: &str| {
        let start = Edit { span: Span::at(node.span.start as usize), replacement: format!("{{ \"{before}\": ") };
        vec![start, Edit { span: Span::at(node.span.end as usize), replacement: " }".to_owned() }]
    };
    let expected = "expected a command, found";
    let found = Diagnostic::new(Code::WrongType, node.span, format!("{expected} {}", type_of(node)))
        .label("a command is an object with one key that starts with `!`");
    match &node.kind {
        Kind::Error => {}
        Kind::String(_) => sink.push(found.suggest_all("make it a `!jq` program", around("!jq"))),
        Kind::Array(_) => sink.push(found.fix_all("run the commands one after the other", around("!pipe"))),
        _ => sink.push(found),
    }
}

/// The members of an object that are commands, by name or by what was probably meant: exactly one, or it is reported.
fn commands_of<'a>(object: &Object<'a>, node: &Node, sink: &mut Sink) -> Vec<&'a Member> {
    let mut commands: Vec<&Member> =
        object.members.iter().copied().filter(|member| member.key.value.starts_with('!')).collect();
    let found = match (commands.as_slice(), object.members.as_slice()) {
        ([_], [_]) => return commands,
        ([], []) => Diagnostic::new(Code::NotOneCommand, object.at, "an empty object is no command")
            .label("has no key that starts with `!`"),
        ([], [first, ..]) => {
            let meant = object.members.iter().copied().find(|member| meant_by(&member.key.value).is_some());
            commands.extend(meant);
            without_command(object, first, meant)
        }
        ([one], _) => beside_command(object, one),
        ([first, second, ..], _) => several_commands(node, &commands, first, second),
    };
    sink.push(found);
    commands
}

/// The command whose name this is, perhaps without its `!` or misspelt.
fn meant_by(name: &str) -> Option<Meant<'static>> {
    match name.strip_prefix('!') {
        Some(_) => suggest::meant(name, COMMAND.names()),
        None => {
            let word = COMMAND.names().find(|known| &known[1..] == name)?;
            Some(Meant { word, applicability: Applicability::Certain })
        }
    }
}

fn without_command(object: &Object<'_>, first: &Member, meant: Option<&Member>) -> Diagnostic {
    let keys: Vec<&str> = object.members.iter().map(|member| member.key.value.as_str()).collect();
    let message = match keys.as_slice() {
        [one] => format!("`{}` is no command", printable(one)),
        several => format!("no command among the keys {}", printable(&listed(several))),
    };
    let span = meant.unwrap_or(first).key.span;
    let found = Diagnostic::new(Code::NotOneCommand, span, message).label("a command's key starts with `!`");
    match meant.and_then(|member| meant_by(&member.key.value)) {
        Some(meant) => found.did_you_mean(meant, span, quoted(meant.word)),
        None => found.help(format!("the commands are {}", listed(&COMMAND.names().collect::<Vec<_>>()))),
    }
}

fn beside_command(object: &Object<'_>, command: &Member) -> Diagnostic {
    let others: Vec<&Member> =
        object.members.iter().filter(|member| member.key.value != command.key.value).copied().collect();
    let names: Vec<&str> = others.iter().map(|member| member.key.value.as_str()).collect();
    let name = printable(&command.key.value);
    let message = format!("{} beside the command `{name}`", printable(&listed(&names)));
    let first = others.first().map_or(object.at, |member| member.key.span);
    Diagnostic::new(Code::NotOneCommand, first, message)
        .label("does not belong to the command")
        .secondary(command.key.span, "the command")
        .help(format!("a command is an object with exactly one key: move the others into `{name}`, or remove them"))
}

fn several_commands(object: &Node, commands: &[&Member], first: &Member, second: &Member) -> Diagnostic {
    let names: Vec<&str> = commands.iter().map(|member| member.key.value.as_str()).collect();
    let message = format!("{} commands in one object: {}", commands.len(), printable(&listed(&names)));
    let found = Diagnostic::new(Code::NotOneCommand, second.key.span, message)
        .label("another command")
        .secondary(first.key.span, "the first command")
        .note("the keys of an object have no order, so nothing says which runs first");
    // Comments and other keys between the commands must not get lost.
    if !matches!(&object.kind, Kind::Object(all) if all.len() == commands.len()) {
        return found.help("put each command into an object of its own, in the array of a `!pipe`");
    }
    let edit = |span: Span, replacement: &str| Edit { span, replacement: replacement.to_owned() };
    let mut edits = vec![edit(Span::at(first.key.span.start as usize), "\"!pipe\": [{ ")];
    for pair in commands.windows(2) {
        edits.push(edit(Span { start: pair[0].value.span.end, end: pair[1].key.span.start }, " }, { "));
    }
    let end = commands.last().map_or(object.span, |last| last.value.span).end;
    edits.push(edit(Span::at(end as usize), " }]"));
    found.suggest_all("run them one after the other in a `!pipe`", edits)
}

fn kind(member: &Member, sink: &mut Sink) -> CommandKind {
    let (node, key) = (&member.value, member.key.span);
    let name = member.key.value.as_str();
    if name == "!resource" {
        sink.push(
            Diagnostic::new(Code::CommandOutOfPlace, key, "`!resource` belongs to workflows, not to intakes")
                .note("an intake knows the resource that the user selected as `${resource.id}`"),
        );
        return CommandKind::Invalid;
    }
    let known = COMMAND.key(name);
    let closest = if known.is_none() { meant_by(name) } else { None };
    if known.is_none() && name.starts_with('!') {
        sink.push(unknown(name, key, closest));
    }
    let Some(meant) = known.or_else(|| COMMAND.key(closest?.word)) else { return CommandKind::Invalid };
    let argument = described(meant.name);
    match meant.name {
        "!pipe" => match array(node, &meant.takes.expected(), &argument, sink) {
            Some(commands) => CommandKind::Pipe(commands.iter().map(|node| command(node, sink)).collect()),
            None => CommandKind::Invalid,
        },
        "!jq" => CommandKind::Jq(program(node, &argument, sink)),
        "!http" => http::http(node, key, sink).map_or(CommandKind::Invalid, |http| CommandKind::Http(Box::new(http))),
        "!save" => save(node, key, sink),
        "!switch" => switch(node, key, sink),
        "!extract" => extract(node, key, sink),
        "!sha" => sha(node, key, sink),
        "!respond" => respond(node, key, sink),
        "!print_c" => CommandKind::Print(text(node, &argument, sink)),
        "!error" => CommandKind::Error(literal(node, &argument, sink)),
        name => {
            debug_assert!(false, "the command `{name}` is not decoded");
            CommandKind::Invalid
        }
    }
}

fn unknown(name: &str, key: Span, meant: Option<Meant<'_>>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownCommand, key, format!("unknown command `{}`", printable(name)));
    match meant {
        Some(meant) => found.did_you_mean(meant, key, quoted(meant.word)),
        None => found.help(format!("the commands are {}", listed(&COMMAND.names().collect::<Vec<_>>()))),
    }
}

fn program(node: &Node, what: &str, sink: &mut Sink) -> Option<jq::Program> {
    string(node, what, sink).and_then(|text| jq::parse(text, sink))
}

fn save(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::read(node, &SAVE, Some(key), sink) else { return CommandKind::Save(None) };
    CommandKind::Save(object.word("scope", &SCOPES, sink))
}

fn switch(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::read(node, &SWITCH, Some(key), sink) else { return CommandKind::Invalid };
    let jq = object.get("jq").and_then(|node| program(node, "`jq` of `!switch`", sink));
    match object.list("cases", sink) {
        Some(cases) => CommandKind::Switch { jq, cases: cases.iter().map(|case| command(case, sink)).collect() },
        None => CommandKind::Invalid,
    }
}

fn extract(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::read(node, &EXTRACT, Some(key), sink) else { return CommandKind::Invalid };
    let keys = object.list("item_keys", sink).unwrap_or_default();
    CommandKind::Extract {
        item_keys: keys.iter().filter_map(|node| literal(node, "a key", sink)).collect(),
        to_json: object.boolean("to_json", sink),
    }
}

fn sha(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::read(node, &SHA, Some(key), sink) else { return CommandKind::Invalid };
    let algorithm = match object.get("algorithm").map(|node| (&node.kind, node.span)) {
        Some((Kind::String(text), span)) if WITHOUT_LENGTH.contains(&text.value.as_str()) => {
            let message = "the algorithms `shake_128` and `shake_256` are not supported";
            sink.push(
                Diagnostic::new(Code::UnsupportedAlgorithm, span, message)
                    .note("their output has any length, and the language has no way to say which")
                    .help("use an algorithm of fixed length, for example `sha3_256`"),
            );
            None
        }
        _ => object.word("algorithm", &ALGORITHMS, sink),
    };
    CommandKind::Sha { algorithm, secret: object.template("secret", sink) }
}

fn respond(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::read(node, &RESPOND, Some(key), sink) else { return CommandKind::Invalid };
    let code = object.integer("code", sink).and_then(|code| u16::try_from(code.value).ok());
    CommandKind::Respond(Box::new(Respond {
        process_payload: object.boolean("process_payload", sink),
        code: code.unwrap_or(200),
        headers: object.get("headers").map(|node| http::headers(node, sink)).unwrap_or_default(),
        body: object.get("body").map(|node| value(node, sink)),
    }))
}
