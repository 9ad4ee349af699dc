//! What looks at a service's database and mends it, while the service runs or not.

mod backup;
mod deliveries;
mod doctor;
mod outbox;
mod state;
mod workflows;

use clap::{Args, Subcommand};
use intake_runtime::clock::{Clock, SystemClock, Timestamp};
use intake_runtime::store::Sqlite;
use intake_runtime::value::Value;
use std::error::Error;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// How many rows are read at once.
const PAGE: usize = 500;

#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The service's database
    #[arg(long, value_name = "FILE", default_value = "intake.db", global = true)]
    db: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show, export, import and edit polling states and saved data
    State(On<state::Command>),
    /// List, show, pause, resume, reset and remove stored workflows
    Workflows(On<workflows::Command>),
    /// List, show, retry and drop records on their way to a sink, and those that it refused
    Outbox(On<outbox::Command>),
    /// List, show, retry and drop webhook deliveries that no workflow has got yet
    Deliveries(On<deliveries::Command>),
    /// List what somebody has to look at: registrations without outcome, dead letters, workflows that need attention and
    /// the like; exit with 1 if there is something
    Doctor {
        #[command(flatten)]
        database: Database,
        #[command(flatten)]
        arguments: doctor::Arguments,
    },
    /// Copy the database into a new file, while it is in use
    Backup {
        #[command(flatten)]
        database: Database,
        /// The new file
        to: PathBuf,
    },
}

/// A command on a database.
#[derive(Debug, Args)]
pub(crate) struct On<C: Subcommand> {
    #[command(flatten)]
    database: Database,
    #[command(subcommand)]
    command: C,
}

/// Opens the database and does what is asked.
pub(crate) fn run(command: Command) -> Result<ExitCode, String> {
    match command {
        Command::State(on) => with(&on.database, async |store| done(state::run(&store, on.command).await)),
        Command::Workflows(on) => with(&on.database, async |store| done(workflows::run(store, on.command).await)),
        Command::Outbox(on) => with(&on.database, async |store| done(outbox::run(&store, on.command).await)),
        Command::Deliveries(on) => with(&on.database, async |store| done(deliveries::run(&store, on.command).await)),
        Command::Doctor { database, arguments } => with(&database, async |store| doctor::run(store, &arguments).await),
        Command::Backup { database, to } => with(&database, async |store| done(backup::run(&store, &to).await)),
    }
}

fn done(outcome: Result<(), String>) -> Result<ExitCode, String> {
    outcome.map(|()| ExitCode::SUCCESS)
}

fn with(
    database: &Database,
    run: impl AsyncFnOnce(Arc<Sqlite>) -> Result<ExitCode, String>,
) -> Result<ExitCode, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(async {
        let store = Arc::new(Sqlite::attach(&database.db).await.map_err(told)?);
        let outcome = run(Arc::clone(&store)).await;
        store.close().await;
        outcome
    })
}

/// An error with its causes, in one line.
fn told(error: impl Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

/// Prints a line; a reader that has gone is no error.
fn print(line: &str) -> Result<(), String> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("cannot write: {error}")),
        _ => Ok(()),
    }
}

/// JSON text over several lines.
fn pretty(json: &[u8]) -> Result<String, String> {
    let value = Value::from_json(json).map_err(|error| format!("the database holds what is no JSON: {error}"))?;
    let mut text = String::new();
    lay_out(&value, 0, &mut text);
    Ok(text)
}

/// As serde_json lays values out, but numbers keep their digits.
fn lay_out(value: &Value, depth: usize, text: &mut String) {
    let line = |text: &mut String, depth| {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    };
    let (items, members) = (value.as_array().unwrap_or_default(), value.entries().into_iter().flatten());
    let members: Vec<_> = members.collect();
    if items.is_empty() && members.is_empty() {
        text.push_str(&value.to_string());
        return;
    }
    text.push(if members.is_empty() { '[' } else { '{' });
    let inner = items.into_iter().map(|item| (None, item));
    let inner = inner.chain(members.iter().map(|(key, value)| (Some(*key), value.clone())));
    for (index, (key, value)) in inner.enumerate() {
        if index > 0 {
            text.push(',');
        }
        line(text, depth + 1);
        if let Some(key) = key {
            text.push_str(&format!("{}: ", Value::from(key)));
        }
        lay_out(&value, depth + 1, text);
    }
    line(text, depth);
    text.push(if members.is_empty() { ']' } else { '}' });
}

/// How long ago something was, in its largest unit.
fn ago(moment: Timestamp) -> String {
    let seconds = SystemClock.now().since(moment).as_secs();
    match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// `1 record`, `2 records`
fn count(number: usize, what: &str) -> String {
    let plural = match (number, what.strip_suffix('y')) {
        (1, _) => what.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        _ => format!("{what}s"),
    };
    format!("{number} {plural}")
}
