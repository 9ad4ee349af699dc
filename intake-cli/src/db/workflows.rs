//! `intake workflows`

use super::{PAGE, count, print, told};
use clap::{Args, Subcommand, ValueEnum};
use intake_runtime::error::ServiceError;
use intake_runtime::runtime::Runtime;
use intake_runtime::service::Workflows;
use intake_runtime::store::{Sqlite, Store, StoredWorkflow, Task, TaskMode, Which, WorkflowKey, WorkflowStatus};
use serde_json::json;
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the stored workflows
    List {
        /// Those with this status only
        #[arg(long)]
        status: Option<Status>,
        /// A JSON object for each
        #[arg(long)]
        json: bool,
    },
    /// Show a workflow: its intakes, what is to be done for each, and why something failed
    Show {
        /// APP/WORKFLOW, with %2F for a slash in one of them
        key: WorkflowKey,
    },
    /// Start no more jobs of workflows; their webhooks stay registered
    Pause(Chosen),
    /// Let workflows go on that are paused or need attention, and try at once what has failed
    Resume(Chosen),
    /// Run `initial_setup` of the polling intakes of workflows again, and then a cycle
    Reset(Chosen),
    /// Remove workflows: their webhooks are unregistered, and what waits for a sink is delivered, before they are gone
    Remove {
        #[command(flatten)]
        chosen: Chosen,
        /// Remove them at once, where that comes to no end: hooks are forgotten here and not deleted at the vendor
        #[arg(long)]
        abandon: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// APP/WORKFLOW, with %2F for a slash in one of them
    #[arg(required = true)]
    keys: Vec<WorkflowKey>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Status {
    Paused,
    NeedsAttention,
    Removing,
}

impl Status {
    const fn which(self) -> Which {
        match self {
            Self::Paused => Which::Paused,
            Self::NeedsAttention => Which::NeedsAttention,
            Self::Removing => Which::Removing,
        }
    }
}

pub(super) async fn run(store: Arc<Sqlite>, command: Command) -> Result<(), String> {
    let runtime = Runtime::builder().store(Arc::clone(&store)).build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let workflows = runtime.workflows();
    let soon = "if the service is running, it notices within some seconds";
    match command {
        Command::List { status, json } => list(&store, status, json).await,
        Command::Show { key } => show(&store, &key).await,
        Command::Pause(chosen) => each(&chosen, workflows, async |of, key| of.pause(key).await, "paused", soon).await,
        Command::Resume(chosen) => {
            each(&chosen, workflows, async |of, key| of.resume(key).await, "to go on", soon).await
        }
        Command::Reset(chosen) => {
            each(&chosen, workflows, async |of, key| of.reset(key).await, "to be reset", soon).await
        }
        Command::Remove { chosen, abandon: false } => {
            each(&chosen, workflows, async |of, key| of.remove(key).await, "to be removed", soon).await
        }
        Command::Remove { chosen, abandon: true } => {
            let hint = "where they had hooks at a vendor, look there: nobody was asked to delete them";
            each(&chosen, workflows, async |of, key| of.abandon(key).await, "removed", hint).await
        }
    }
}

/// Does it to one workflow after the other. One that is not as it would have to be stops it: those before are done.
async fn each(
    chosen: &Chosen,
    workflows: Workflows<'_>,
    change: impl AsyncFn(Workflows<'_>, &WorkflowKey) -> Result<(), ServiceError>,
    done: &str,
    hint: &str,
) -> Result<(), String> {
    for (number, key) in chosen.keys.iter().enumerate() {
        let changed = change(workflows, key).await;
        changed.map_err(|error| match number {
            0 => told(error),
            number => format!("{}; {} before it {done}", told(error), count(number, "workflow")),
        })?;
    }
    print(&format!("{} {done}; {hint}", count(chosen.keys.len(), "workflow")))
}

async fn list(store: &Sqlite, status: Option<Status>, json: bool) -> Result<(), String> {
    let which = status.map_or(Which::All, Status::which);
    let mut after: Option<WorkflowKey> = None;
    loop {
        let workflows = store.workflows(which, after.as_ref(), PAGE).await.map_err(told)?;
        for workflow in &workflows {
            if json {
                print(&about(workflow).to_string())?;
            } else {
                print(&line(workflow))?;
            }
        }
        match workflows.into_iter().next_back() {
            Some(last) => after = Some(last.key),
            None => return Ok(()),
        }
    }
}

fn line(workflow: &StoredWorkflow) -> String {
    let why = reason(workflow).map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{}: {}{why}", workflow.key, workflow.status.word().replace('_', " "))
}

fn reason(workflow: &StoredWorkflow) -> Option<&str> {
    if let WorkflowStatus::NeedsAttention { reason } = &workflow.status { Some(reason) } else { None }
}

fn about(workflow: &StoredWorkflow) -> serde_json::Value {
    json!({
        "app": workflow.key.app,
        "workflow": workflow.key.workflow,
        "status": workflow.status.word(),
        "reason": reason(workflow),
        "connection": workflow.connection,
        "account": workflow.account,
        "resource": workflow.resource,
        "subdomain": workflow.subdomain,
    })
}

async fn show(store: &Sqlite, key: &WorkflowKey) -> Result<(), String> {
    let found = store.workflow(key).await.map_err(told)?;
    let (workflow, tasks) = found.ok_or_else(|| format!("there is no workflow {key}"))?;
    print(&line(&workflow))?;
    let StoredWorkflow { connection, account, resource, subdomain, .. } = &workflow;
    print(&format!("connection {connection}"))?;
    for (what, value) in [("account", account), ("resource", resource), ("subdomain", subdomain)] {
        if let Some(value) = value {
            print(&format!("{what} {value}"))?;
        }
    }
    for task in &tasks {
        print(&of_task(task))?;
    }
    Ok(())
}

/// An intake, without its inputs.
fn of_task(task: &Task) -> String {
    let mode = match task.mode {
        TaskMode::Recurring { every } => format!("every {every:?}"),
        TaskMode::Once => "once".to_owned(),
        TaskMode::Webhook => "webhook".to_owned(),
    };
    let mut text = format!("- {}, {mode}", task.key.intake);
    if let Some(next) = task.next {
        text += &format!("; next: {} at {}", next.job.as_str(), next.at);
    }
    let progress = task.progress;
    if progress.cycles > 0 {
        let results = usize::try_from(progress.results).unwrap_or(usize::MAX);
        let cycles = usize::try_from(progress.cycles).unwrap_or(usize::MAX);
        text += &format!("; {}, {}", count(cycles, "cycle"), count(results, "record"));
    }
    if let Some(error) = &task.error {
        text += &format!("; failed {} times in a row: {error}", task.failures);
    }
    text
}
