//! `historical-sync.json`, the platform's own example: it polls without a request, fourteen times.

use intake::{Batch, Runtime, Workflow};
use std::convert::Infallible;
use std::error::Error;

// The manifest has no `delete`, and the compiler warns of it.
#[allow(deprecated)]
mod manifest {
    intake::include_intake!("../tests/manifests/historical-sync.json");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::builder().store(intake::store::Memory::new()).build()?;
    let report = runtime.poll(&Workflow::new("w"), &manifest::HistoricalSync::default(), print).await?;
    println!("{report}");
    Ok(())
}

async fn print(batch: Batch<manifest::historical_sync::Record>) -> Result<(), Infallible> {
    batch.into_iter().for_each(|record| println!("{} {}", record.key, record.value.email));
    Ok(())
}
