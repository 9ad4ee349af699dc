//! `intake outbox`

use super::{PAGE, ago, count, pretty, print, told};
use clap::{Args, Subcommand};
use intake_runtime::store::{OutboxEntry, Sqlite, Store, Write};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the records in line for their sinks, and why they wait; or the dead letters
    List {
        /// Those that were taken out of the line
        #[arg(long)]
        dead: bool,
        /// A JSON object for each, without its value
        #[arg(long)]
        json: bool,
    },
    /// Show a record with its value
    Show {
        /// Its number
        record: i64,
    },
    /// Put dead letters back into the line, in their old places
    Retry(Chosen),
    /// Drop dead letters for good
    Drop(Chosen),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Chosen {
    /// Their numbers
    records: Vec<i64>,
    /// All dead letters
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(store: &Sqlite, command: Command) -> Result<(), String> {
    match command {
        Command::List { dead, json } => list(store, dead, json).await,
        Command::Show { record } => show(store, record).await,
        Command::Retry(chosen) => each(store, &chosen, |record| Write::Revive { record }, "in line again").await,
        Command::Drop(chosen) => each(store, &chosen, |record| Write::DropRecord { record }, "dropped").await,
    }
}

async fn list(store: &Sqlite, dead: bool, json: bool) -> Result<(), String> {
    if !dead && !json {
        waiting(store).await?;
    }
    let mut after = 0;
    loop {
        let entries = store.outbox_entries(dead, after, PAGE).await.map_err(told)?;
        for entry in &entries {
            let (number, size) = (entry.number, entry.payload.len());
            if json {
                let dead = entry.dead.as_ref();
                let (reason, since) = (dead.map(|dead| &dead.reason), dead.map(|dead| dead.since.to_string()));
                let line = serde_json::json!({
                    "record": number, "key": entry.key, "bytes": size, "reason": reason, "since": since,
                });
                print(&line.to_string())?;
            } else {
                let why = entry
                    .dead
                    .as_ref()
                    .map(|dead| format!(", dead since {} ({}): {}", dead.since, ago(dead.since), dead.reason));
                print(&format!("{number} {}, {size} bytes{}", entry.key, why.unwrap_or_default()))?;
            }
        }
        match entries.last() {
            Some(last) => after = last.number,
            None => return Ok(()),
        }
    }
}

/// The lanes that a sink has refused.
async fn waiting(store: &Sqlite) -> Result<(), String> {
    let mut after = 0;
    loop {
        let lanes = store.lanes(after, PAGE).await.map_err(told)?;
        for lane in &lanes {
            if let (Some(reason), Some(next)) = (&lane.reason, lane.next) {
                let times = count(lane.attempts as usize, "time");
                print(&format!("{}: refused {times}, next try at {next}: {reason}", lane.key))?;
            }
        }
        match lanes.last() {
            Some(last) => after = last.number,
            None => return Ok(()),
        }
    }
}

async fn show(store: &Sqlite, record: i64) -> Result<(), String> {
    let entry = known(store, record).await?;
    let (dead, owner) = (entry.dead.as_ref(), &entry.owner);
    let about = serde_json::json!({
        "record": record,
        "key": entry.key,
        "app": owner.app,
        "intake": owner.intake,
        "workflow": owner.workflow,
        "reason": dead.map(|dead| &dead.reason),
        "since": dead.map(|dead| dead.since.to_string()),
    });
    print(&format!("{about:#}"))?;
    print(&pretty(&entry.payload)?)
}

async fn known(store: &Sqlite, record: i64) -> Result<OutboxEntry, String> {
    let entry = store.outbox_entry(record).await.map_err(told)?;
    entry.ok_or_else(|| format!("there is no record {record}: it was delivered or dropped, or never was"))
}

/// Commits a write for each dead letter that is meant.
async fn each(store: &Sqlite, chosen: &Chosen, write: impl Fn(i64) -> Write, done: &str) -> Result<(), String> {
    for record in &chosen.records {
        if known(store, *record).await?.dead.is_none() {
            return Err(format!("record {record} is no dead letter but in line: its sink is still to get it"));
        }
    }
    let mut all = 0;
    let mut records = chosen.records.clone();
    let mut after = 0;
    loop {
        if chosen.all {
            let entries = store.outbox_entries(true, after, PAGE).await.map_err(told)?;
            records = entries.iter().map(|entry| entry.number).collect();
            after = records.last().copied().unwrap_or(after);
        }
        if !records.is_empty() {
            store.commit(records.iter().map(|record| write(*record)).collect()).await.map_err(told)?;
        }
        all += records.len();
        if !chosen.all || records.is_empty() {
            return print(&format!("{} {done}", count(all, "record")));
        }
    }
}
