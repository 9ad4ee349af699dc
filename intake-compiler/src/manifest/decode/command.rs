//! Events and the commands they run.

use super::fields::{Object, array, boolean, integer, listed, literal, printable, quoted, string, type_of, word};
use super::http;
use super::intake::SCOPES;
use super::value::{text, value};
use crate::diagnostic::{Code, Diagnostic, Edit, Sink, suggest};
use crate::jq;
use crate::json::{Kind, Member, Node};
use crate::manifest::model::{Algorithm, Command, CommandKind, Event, Respond};
use crate::source::{Span, Spanned};
use crate::template::Scope;

const COMMANDS: &[&str] =
    &["!pipe", "!jq", "!http", "!save", "!switch", "!extract", "!sha", "!respond", "!print_c", "!error"];

/// The algorithms by their words; `None` for those whose output has no fixed length.
const ALGORITHMS: &[(&str, Option<Algorithm>)] = &[
    ("md5", Some(Algorithm::Md5)),
    ("sha1", Some(Algorithm::Sha1)),
    ("sha224", Some(Algorithm::Sha224)),
    ("sha256", Some(Algorithm::Sha256)),
    ("sha384", Some(Algorithm::Sha384)),
    ("sha512", Some(Algorithm::Sha512)),
    ("sha3_224", Some(Algorithm::Sha3_224)),
    ("sha3_256", Some(Algorithm::Sha3_256)),
    ("sha3_384", Some(Algorithm::Sha3_384)),
    ("sha3_512", Some(Algorithm::Sha3_512)),
    ("blake2b", Some(Algorithm::Blake2b)),
    ("blake2s", Some(Algorithm::Blake2s)),
    ("shake_128", None),
    ("shake_256", None),
];

/// Decodes the event that `member` is.
pub(super) fn event(member: &Member, sink: &mut Sink) -> Event {
    Event { key: member.key.span, command: command(&member.value, sink) }
}

/// Decodes a command; a mistake in it is reported and gives [`CommandKind::Invalid`].
fn command(node: &Node, sink: &mut Sink) -> Command {
    let invalid = Command { span: node.span, key: node.span, kind: CommandKind::Invalid };
    if !matches!(node.kind, Kind::Object(_)) {
        not_an_object(node, sink);
        return invalid;
    }
    let Some(object) = Object::of(node, "a command", None, sink) else { return invalid };
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
        Kind::Array(_) => sink.push(found.suggest_all("run the commands one after the other", around("!pipe"))),
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
fn meant_by(name: &str) -> Option<&'static str> {
    let known = COMMANDS.iter().copied();
    match name.strip_prefix('!') {
        Some(_) => suggest::closest(name, known),
        None => known.into_iter().find(|known| &known[1..] == name),
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
        Some(meant) => found.suggest(format!("did you mean `{meant}`?"), span, quoted(meant)),
        None => found.help(format!("the commands are {}", listed(COMMANDS))),
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
    let known = COMMANDS.contains(&name) || name == "!resource";
    let meant = if known { Some(name) } else { meant_by(name) };
    if !known && name.starts_with('!') {
        sink.push(unknown(name, key, meant));
    }
    match meant.unwrap_or_default() {
        "!pipe" => match array(node, "an array of commands", "the argument of `!pipe`", sink) {
            Some(commands) => CommandKind::Pipe(commands.iter().map(|node| command(node, sink)).collect()),
            None => CommandKind::Invalid,
        },
        "!jq" => CommandKind::Jq(program(node, "the argument of `!jq`", sink)),
        "!http" => http::http(node, key, sink).map_or(CommandKind::Invalid, |http| CommandKind::Http(Box::new(http))),
        "!save" => save(node, key, sink),
        "!switch" => switch(node, key, sink),
        "!extract" => extract(node, key, sink),
        "!sha" => sha(node, key, sink),
        "!respond" => respond(node, key, sink),
        "!print_c" => CommandKind::Print(text(node, "the argument of `!print_c`", sink)),
        "!error" => CommandKind::Error(literal(node, "the argument of `!error`", sink)),
        "!resource" => {
            sink.push(
                Diagnostic::new(Code::CommandOutOfPlace, key, "`!resource` belongs to workflows, not to intakes")
                    .note("an intake knows the resource that the user selected as `${resource.id}`"),
            );
            CommandKind::Invalid
        }
        _ => CommandKind::Invalid,
    }
}

fn unknown(name: &str, key: Span, meant: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownCommand, key, format!("unknown command `{}`", printable(name)));
    match meant {
        Some(meant) => found.suggest(format!("did you mean `{meant}`?"), key, quoted(meant)),
        None => found.help(format!("the commands are {}", listed(COMMANDS))),
    }
}

fn program(node: &Node, what: &str, sink: &mut Sink) -> Option<jq::Program> {
    string(node, what, sink).and_then(|text| jq::parse(text, sink))
}

fn save(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::of(node, "`!save`", Some(key), sink) else { return CommandKind::Save(None) };
    object.refuse_unknown(&["scope"], sink);
    let help = "add `\"scope\"`: `workflow`, `connection` or `application`, as the intake's own `scope`";
    let scope: Option<Spanned<Scope>> =
        object.require("scope", help, sink).and_then(|member| word(&member.value, "scope", SCOPES, sink));
    CommandKind::Save(scope)
}

fn switch(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::of(node, "`!switch`", Some(key), sink) else { return CommandKind::Invalid };
    object.refuse_unknown(&["jq", "cases"], sink);
    let jq = object.require("jq", "add `\"jq\"`, the program that gives the index of the case to run", sink);
    let cases = object.require("cases", "add `\"cases\": [ … ]`, the commands to choose from", sink);
    let jq = jq.and_then(|member| program(&member.value, "`jq` of `!switch`", sink));
    let cases = cases.and_then(|member| array(&member.value, "an array of commands", "`cases`", sink));
    match cases {
        Some(cases) => CommandKind::Switch { jq, cases: cases.iter().map(|case| command(case, sink)).collect() },
        None => CommandKind::Invalid,
    }
}

fn extract(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::of(node, "`!extract`", Some(key), sink) else { return CommandKind::Invalid };
    object.refuse_unknown(&["item_keys", "to_json"], sink);
    let keys = object.require("item_keys", "add `\"item_keys\": [ … ]`, the keys of the input to keep", sink);
    let keys = keys.and_then(|member| array(&member.value, "an array of strings", "`item_keys`", sink));
    let to_json = object.get("to_json");
    CommandKind::Extract {
        item_keys: keys.unwrap_or_default().iter().filter_map(|node| literal(node, "a key", sink)).collect(),
        to_json: to_json.and_then(|node| boolean(node, "`to_json`", sink)).unwrap_or_default(),
    }
}

fn sha(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::of(node, "`!sha`", Some(key), sink) else { return CommandKind::Invalid };
    object.refuse_unknown(&["algorithm", "secret"], sink);
    let algorithm = object
        .require("algorithm", "add `\"algorithm\"`, for example `sha256`", sink)
        .and_then(|member| word(&member.value, "algorithm", ALGORITHMS, sink))
        .and_then(|found| match found.value {
            Some(algorithm) => Some(Spanned::new(algorithm, found.span)),
            None => {
                let message = "the algorithms `shake_128` and `shake_256` are not supported";
                sink.push(
                    Diagnostic::new(Code::UnsupportedAlgorithm, found.span, message)
                        .note("their output has any length, and the language has no way to say which")
                        .help("use an algorithm of fixed length, for example `sha3_256`"),
                );
                None
            }
        });
    let secret = object.get("secret");
    CommandKind::Sha { algorithm, secret: secret.and_then(|node| text(node, "`secret`", sink)) }
}

fn respond(node: &Node, key: Span, sink: &mut Sink) -> CommandKind {
    let Some(object) = Object::of(node, "`!respond`", Some(key), sink) else { return CommandKind::Invalid };
    object.refuse_unknown(&["process_payload", "code", "headers", "body"], sink);
    let process_payload = object.get("process_payload");
    let code = object.get("code").and_then(|node| integer(node, "`code`", 200, 599, sink));
    CommandKind::Respond(Box::new(Respond {
        process_payload: process_payload.and_then(|node| boolean(node, "`process_payload`", sink)).unwrap_or_default(),
        code: code.and_then(|code| u16::try_from(code.value).ok()).unwrap_or(200),
        headers: object.get("headers").map(|node| http::headers(node, sink)).unwrap_or_default(),
        body: object.get("body").map(|node| value(node, sink)),
    }))
}
