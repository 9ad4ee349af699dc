//! `intake doctor`

use super::{count, print, told};
use intake_runtime::inspect::{Finding, Inspection};
use intake_runtime::runtime::Runtime;
use intake_runtime::store::{Counts, HookStatus, IntentAction, ScopeKey, Sqlite, Store, WorkflowKey};
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

/// How many findings of a kind are listed unless asked for more.
const LIMIT: usize = 100;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many of a kind are listed
    #[arg(long, default_value_t = LIMIT)]
    limit: usize,
    /// List the registrations as well
    #[arg(long)]
    registrations: bool,
    /// Ask of each finding what is to be done about it, and do it
    #[arg(long)]
    mend: bool,
}

pub(super) async fn run(store: Arc<Sqlite>, arguments: &Arguments) -> Result<ExitCode, String> {
    let runtime = Runtime::builder().store(Arc::clone(&store)).build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let inspection = runtime.inspect(arguments.limit).await.map_err(told)?;
    print(&summary(&inspection.counts))?;
    if arguments.registrations {
        registrations(&inspection)?;
    }
    for finding in &inspection.findings {
        print(&format!("- {finding}"))?;
        if arguments.mend {
            mend(&runtime, &store, finding).await?;
        }
    }
    if inspection.more {
        print("there is more: `--limit` lists more of each kind")?;
    }
    let at_work = |finding: &Finding| matches!(finding, Finding::Unknown(_) | Finding::Cycle { .. });
    if inspection.findings.iter().any(at_work) {
        print("if the service is running, calls and cycles of these may be under way: look again in a minute")?;
    }
    if inspection.findings.is_empty() {
        print("nothing needs looking after")?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

fn summary(counts: &Counts) -> String {
    let of = |number: u64, what| count(usize::try_from(number).unwrap_or(usize::MAX), what);
    let Counts { workflows, hooks, outbox, dead, deliveries, undeliverable, .. } = *counts;
    format!(
        "{}, {}, {} in line, {}, {} to be routed, {} kept as undeliverable",
        of(workflows, "workflow"),
        of(hooks, "hook"),
        of(outbox, "record"),
        of(dead, "dead letter"),
        of(deliveries, "delivery"),
        of(undeliverable, "delivery"),
    )
}

fn registrations(inspection: &Inspection) -> Result<(), String> {
    for hook in &inspection.registrations {
        let ScopeKey { app, scope, owner } = &hook.owner;
        let status = match hook.status {
            HookStatus::Creating => "being created",
            HookStatus::Active => "active",
            HookStatus::Deleting => "being deleted",
        };
        let workflows = count(hook.workflows.len(), "workflow");
        print(&format!("{app}/{} for {} `{owner}`: {status}, {workflows}", hook.intake, scope.as_str()))?;
    }
    Ok(())
}

/// What can be done about a finding: what is asked, and what the answer does.
async fn mend(runtime: &Runtime, store: &Sqlite, finding: &Finding) -> Result<(), String> {
    match finding {
        Finding::Unknown(call) | Finding::Failed(call) if call.action != IntentAction::Update => {
            let question = "is it gone at the vendor, and is it to be forgotten here?";
            if yes(question)? && runtime.drop_hook(&call.hook.intake, &call.hook.owner).await.map_err(told)? {
                print("  forgotten; `resume` lets a workflow register anew")?;
            }
        }
        Finding::Unused(hook) => {
            let question = "is it gone at the vendor, and is it to be forgotten here?";
            if yes(question)? && runtime.drop_hook(&hook.intake, &hook.owner).await.map_err(told)? {
                print("  forgotten")?;
            }
        }
        Finding::Attention { key, .. } if yes("is it to be tried again?")? => {
            runtime.workflows().resume(key).await.map_err(told)?;
            print("  it goes on; a service that runs notices within some seconds")?;
        }
        Finding::Leaving { key, .. } => {
            let key = WorkflowKey { app: key.app.clone(), workflow: key.workflow.clone() };
            let question = "is what is left of the workflow to be given up, without asking the vendor?";
            if store.workflow(&key).await.map_err(told)?.is_some() && yes(question)? {
                runtime.workflows().abandon(&key).await.map_err(told)?;
                print("  removed")?;
            }
        }
        Finding::Dead { key, .. } if yes("are they to be offered to the sink again?")? => {
            let revived = runtime.retry_dead_letters(|entry| entry.owner == *key).await.map_err(told)?;
            print(&format!("  {} in line again", count(usize::try_from(revived).unwrap_or(usize::MAX), "record")))?;
        }
        Finding::Undeliverable { app, intake, .. } if yes("are they to be routed again?")? => {
            let (mut after, mut retried) = (0, 0);
            loop {
                let kept = runtime.list_undeliverable(after, super::PAGE).await.map_err(told)?;
                let Some(last) = kept.last() else { break };
                after = last.id;
                for delivery in kept.iter().filter(|delivery| delivery.app == *app && delivery.intake == *intake) {
                    retried += usize::from(runtime.retry_undeliverable(delivery.id).await.map_err(told)?);
                }
            }
            print(&format!("  {} to be routed again", count(retried, "delivery")))?;
        }
        _ => {}
    }
    Ok(())
}

/// Asks; anything but a clear yes is a no, and so is the end of the input.
fn yes(question: &str) -> Result<bool, String> {
    let failed = |error: std::io::Error| format!("cannot ask: {error}");
    let mut output = std::io::stdout();
    write!(output, "  {question} [y/N] ").and_then(|()| output.flush()).map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(failed)?;
    if !answer.ends_with('\n') {
        print("")?;
    }
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
