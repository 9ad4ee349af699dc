//! `intake deliveries`

use super::{PAGE, ago, count, pretty, print, told};
use clap::{Args, Subcommand};
use intake_runtime::store::{Sqlite, Store, StoredDelivery, Write};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the deliveries that are kept as undeliverable and why; or those that are not routed yet
    List {
        /// Those that are not routed yet
        #[arg(long)]
        waiting: bool,
        /// A JSON object for each, without its payload
        #[arg(long)]
        json: bool,
    },
    /// Show a delivery with its payload
    Show {
        /// Its id
        delivery: i64,
    },
    /// Route undeliverable deliveries again
    Retry(Chosen),
    /// Drop undeliverable deliveries for good
    Drop(Chosen),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Chosen {
    /// Their ids
    deliveries: Vec<i64>,
    /// All undeliverable ones
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(store: &Sqlite, command: Command) -> Result<(), String> {
    match command {
        Command::List { waiting, json } => list(store, waiting, json).await,
        Command::Show { delivery } => show(store, delivery).await,
        Command::Retry(chosen) => {
            each(store, &chosen, |delivery| Write::RetryDelivery { delivery }, "to be routed again").await
        }
        Command::Drop(chosen) => each(store, &chosen, |delivery| Write::Routed { delivery }, "dropped").await,
    }
}

async fn list(store: &Sqlite, waiting: bool, json: bool) -> Result<(), String> {
    let mut after = 0;
    loop {
        let deliveries = store.kept_deliveries(!waiting, after, PAGE).await.map_err(told)?;
        for delivery in &deliveries {
            if json {
                print(&about(delivery).to_string())?;
            } else {
                let StoredDelivery { id, app, intake, payload, at, .. } = delivery;
                let why = delivery.reason.as_ref().map(|reason| format!(": {reason}"));
                let (size, ago) = (payload.len(), ago(*at));
                print(&format!("{id} {app}/{intake}, {size} bytes, {at} ({ago}){}", why.unwrap_or_default()))?;
            }
        }
        match deliveries.last() {
            Some(last) => after = last.id,
            None => return Ok(()),
        }
    }
}

fn about(delivery: &StoredDelivery) -> serde_json::Value {
    serde_json::json!({
        "delivery": delivery.id,
        "app": delivery.app,
        "intake": delivery.intake,
        "bytes": delivery.payload.len(),
        "at": delivery.at.to_string(),
        "attempts": delivery.attempts,
        "reason": delivery.reason,
    })
}

async fn show(store: &Sqlite, delivery: i64) -> Result<(), String> {
    let delivery = known(store, delivery).await?;
    print(&format!("{:#}", about(&delivery)))?;
    print(&pretty(&delivery.payload)?)
}

async fn known(store: &Sqlite, delivery: i64) -> Result<StoredDelivery, String> {
    let found = store.delivery(delivery).await.map_err(told)?;
    found.ok_or_else(|| format!("there is no delivery {delivery}: it was routed or dropped, or never was"))
}

/// Commits a write for each undeliverable delivery that is meant.
async fn each(store: &Sqlite, chosen: &Chosen, write: impl Fn(i64) -> Write, done: &str) -> Result<(), String> {
    for delivery in &chosen.deliveries {
        if known(store, *delivery).await?.reason.is_none() {
            return Err(format!("delivery {delivery} is not undeliverable: it is about to be routed"));
        }
    }
    let (mut all, mut after) = (0, 0);
    let mut deliveries = chosen.deliveries.clone();
    loop {
        if chosen.all {
            let kept = store.kept_deliveries(true, after, PAGE).await.map_err(told)?;
            deliveries = kept.iter().map(|delivery| delivery.id).collect();
            after = deliveries.last().copied().unwrap_or(after);
        }
        if !deliveries.is_empty() {
            store.commit(deliveries.iter().map(|delivery| write(*delivery)).collect()).await.map_err(told)?;
        }
        all += deliveries.len();
        if !chosen.all || deliveries.is_empty() {
            return print(&format!("{} {done}", count(all, "delivery")));
        }
    }
}
