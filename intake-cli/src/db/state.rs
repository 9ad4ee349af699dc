//! `intake state`

use super::{PAGE, count, pretty, print, told};
use clap::Subcommand;
use intake_runtime::intake::Scope;
use intake_runtime::store::{IntakeKey, ScopeKey, Sqlite, Store, StoredIntake, WorkflowKey, Write};
use intake_runtime::value::Value;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the intakes that have a state, or show one
    Show {
        /// APP/INTAKE/WORKFLOW, with %2F for a slash in one of them
        key: Option<IntakeKey>,
    },
    /// Print all states and saved data as JSON lines: what is saved can be secret
    Export,
    /// Take over what `export` printed; what else there is stays
    Import {
        /// The file; `-` reads standard input
        file: PathBuf,
    },
    /// Change a state in an editor ($VISUAL or $EDITOR)
    Edit {
        /// APP/INTAKE/WORKFLOW, with %2F for a slash in one of them
        key: IntakeKey,
    },
}

/// A line of an export: what is stored of an intake.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    app: String,
    intake: String,
    workflow: String,
    state: Option<Box<RawValue>>,
    set_up: bool,
    cycles: u64,
}

/// A line of an export: what is saved for an owner.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    app: String,
    scope: String,
    owner: String,
    saved: BTreeMap<String, Box<RawValue>>,
}

enum Line {
    Stored(Stored),
    Saved(ScopeKey, BTreeMap<String, Box<RawValue>>),
}

/// A line of an export; `None` if it is none.
fn line(text: &str) -> Option<Line> {
    if let Ok(stored) = serde_json::from_str(text) {
        return Some(Line::Stored(stored));
    }
    let Saved { app, scope, owner, saved } = serde_json::from_str(text).ok()?;
    Some(Line::Saved(ScopeKey { app, scope: Scope::from_word(&scope)?, owner }, saved))
}

pub(super) async fn run(store: &Sqlite, command: Command) -> Result<(), String> {
    match command {
        Command::Show { key: None } => list(store).await,
        Command::Show { key: Some(key) } => show(store, &key).await,
        Command::Export => export(store).await,
        Command::Import { file } => import(store, &file).await,
        Command::Edit { key } => edit(store, &key).await,
    }
}

async fn list(store: &Sqlite) -> Result<(), String> {
    let mut after: Option<IntakeKey> = None;
    loop {
        let page = store.intakes(after.as_ref(), PAGE).await.map_err(told)?;
        for (key, stored) in &page {
            let bytes = stored.state.as_ref().map_or(0, String::len);
            let what = if stored.set_up { "" } else { ", not set up" };
            let cycle = if stored.cycle.is_some() { ", one under way" } else { "" };
            let cycles = count(usize::try_from(stored.cycles).unwrap_or(usize::MAX), "cycle");
            print(&format!("{key}: {cycles}{cycle}, state of {bytes} bytes{what}"))?;
        }
        match page.into_iter().next_back() {
            Some((key, _)) => after = Some(key),
            None => return Ok(()),
        }
    }
}

async fn known(store: &Sqlite, key: &IntakeKey) -> Result<StoredIntake, String> {
    let stored = store.intake(key).await.map_err(told)?;
    stored.ok_or_else(|| format!("there is no state of {key}: `intake state show` lists all there are"))
}

async fn show(store: &Sqlite, key: &IntakeKey) -> Result<(), String> {
    let stored = known(store, key).await?;
    let cycle = stored
        .cycle
        .as_ref()
        .map(|cycle| serde_json::json!({ "requests": cycle.requests, "results": cycle.results, "exit": cycle.exit }));
    let about = serde_json::json!({ "set_up": stored.set_up, "cycles": stored.cycles, "cycle": cycle });
    print(&format!("{about:#}"))?;
    if let Some(state) = &stored.state {
        print(&pretty(state.as_bytes())?)?;
    }
    for owner in owners(store, key).await? {
        let saved = store.saved(&owner).await.map_err(told)?;
        let keys: Vec<_> = saved.into_iter().map(|(key, _)| key).collect();
        if !keys.is_empty() {
            print(&format!("saved for the {}: {}", owner.scope.as_str(), keys.join(", ")))?;
        }
    }
    Ok(())
}

/// Whose saved data an intake reads.
async fn owners(store: &Sqlite, key: &IntakeKey) -> Result<Vec<ScopeKey>, String> {
    let of = |scope, owner: &str| ScopeKey { app: key.app.clone(), scope, owner: owner.to_owned() };
    let workflow = WorkflowKey { app: key.app.clone(), workflow: key.workflow.clone() };
    let workflow = store.workflow(&workflow).await.map_err(told)?;
    // One that was never added to a service is known by its state alone.
    let connection = workflow.map(|(workflow, _)| of(Scope::Connection, &workflow.connection));
    Ok([of(Scope::Workflow, &key.workflow)].into_iter().chain(connection).chain([of(Scope::Application, "")]).collect())
}

async fn export(store: &Sqlite) -> Result<(), String> {
    let raw = |json: String| RawValue::from_string(json).map_err(|_| "the database holds what is no JSON".to_owned());
    let mut after: Option<IntakeKey> = None;
    loop {
        let page = store.intakes(after.as_ref(), PAGE).await.map_err(told)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        for (IntakeKey { app, intake, workflow }, stored) in page {
            let state = stored.state.map(raw).transpose()?;
            // A cycle under way is not taken along: the next is another one, with keys of its own for its records.
            let cycles = stored.cycles + u64::from(stored.cycle.is_some());
            write(&Stored { app, intake, workflow, state, set_up: stored.set_up, cycles })?;
        }
    }
    let mut after: Option<ScopeKey> = None;
    loop {
        let page = store.scopes(after.as_ref(), PAGE).await.map_err(told)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for key in page {
            let saved = store.saved(&key).await.map_err(told)?;
            let saved = saved.into_iter().map(|(key, json)| Ok((key, raw(json)?))).collect::<Result<_, String>>()?;
            write(&Saved { app: key.app, scope: key.scope.as_str().to_owned(), owner: key.owner, saved })?;
        }
    }
}

fn write(line: &impl Serialize) -> Result<(), String> {
    print(&serde_json::to_string(line).map_err(|error| error.to_string())?)
}

async fn import(store: &Sqlite, file: &Path) -> Result<(), String> {
    let shown = file.display();
    let reader: Box<dyn Read> = if crate::is_stdin(file) {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(|error| format!("cannot read {shown}: {error}"))?)
    };
    // All is read before anything is written: a mistake in the last line changes nothing.
    let mut lines = Vec::new();
    for (number, text) in (1..).zip(BufReader::new(reader).lines()) {
        let text = text.map_err(|error| format!("cannot read {shown}: {error}"))?;
        let wrong = || format!("{shown}:{number}: this is no line of `intake state export`: nothing was imported");
        if !text.trim().is_empty() {
            lines.push(line(&text).ok_or_else(wrong)?);
        }
    }
    let (mut states, mut scopes) = (0, 0);
    for line in lines {
        match line {
            Line::Stored(Stored { app, intake, workflow, state, set_up, cycles }) => {
                let key = IntakeKey { app, intake, workflow };
                let state = state.map(|state| state.get().to_owned());
                let old = store.lease(&key).await.map_err(told)?;
                // A cycle's number is never used twice: its records would have the keys of others.
                let cycles = cycles.max(old.cycles + u64::from(old.cycle.is_some()));
                let check = Write::CheckFence { key: key.clone(), fence: old.fence };
                let write = Write::Intake { key, state, set_up, cycles, cycle: None };
                store.commit(vec![check, write]).await.map_err(told)?;
                states += 1;
            }
            Line::Saved(owner, saved) => {
                let entries = saved.into_iter().map(|(key, json)| (key, json.get().to_owned())).collect();
                store.commit(vec![Write::Save { owner, entries }]).await.map_err(told)?;
                scopes += 1;
            }
        }
    }
    print(&format!("{} imported, and what is saved for {}", count(states, "state"), count(scopes, "owner")))
}

async fn edit(store: &Sqlite, key: &IntakeKey) -> Result<(), String> {
    let before = known(store, key).await?;
    let text = before.state.as_deref().map_or(Ok("null".to_owned()), |state| pretty(state.as_bytes()))?;
    let edited = in_editor(&text)?;
    if edited.trim() == text.trim() {
        return print("nothing was changed");
    }
    let state = Value::from_json(edited.as_bytes());
    let state = state.map_err(|error| format!("what was written is no JSON ({error}): the state is as it was"))?;
    if !state.is_object() {
        return Err("a polling state is an object: the state is as it was".to_owned());
    }
    let now = store.lease(key).await.map_err(told)?;
    if (&now.state, now.cycles, &now.cycle) != (&before.state, before.cycles, &before.cycle) {
        return Err("a cycle has changed the state meanwhile: it is as that left it; edit it again".to_owned());
    }
    let StoredIntake { set_up, cycles, cycle, fence, .. } = now;
    let check = Write::CheckFence { key: key.clone(), fence };
    let write = Write::Intake { key: key.clone(), state: Some(state.to_string()), set_up, cycles, cycle };
    store.commit(vec![check, write]).await.map_err(told)?;
    print(&format!("the state of {key} is changed"))
}

/// What a user makes of a text.
fn in_editor(text: &str) -> Result<String, String> {
    let editor =
        ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let editor = editor.ok_or("no editor is named: set VISUAL or EDITOR")?;
    let failed = |error: std::io::Error| format!("cannot edit: {error}");
    let file = tempfile::Builder::new().prefix("intake-state-").suffix(".json").tempfile().map_err(failed)?;
    std::fs::write(file.path(), text).map_err(failed)?;
    let mut words = editor.split_whitespace();
    let mut command = process::Command::new(words.next().unwrap_or_default());
    let status = command.args(words).arg(file.path()).status();
    let status = status.map_err(|error| format!("cannot start `{editor}`: {error}"))?;
    if !status.success() {
        return Err(format!("`{editor}` ended with {status}: the state is as it was"));
    }
    std::fs::read_to_string(file.path()).map_err(failed)
}
