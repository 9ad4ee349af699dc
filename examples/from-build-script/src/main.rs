//! A manifest compiled by a build script: the same code as by the macro, in a file that can be read.

use intake::{Batch, Runtime, Workflow};
use std::convert::Infallible;
use std::error::Error;

mod manifest {
    include!(concat!(env!("OUT_DIR"), "/historical-sync.rs"));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::builder().store(intake::store::Memory::new()).build()?;
    let report = runtime.poll(&Workflow::new("w"), &manifest::HistoricalSync::default(), print).await?;
    println!("{report}");
    Ok(())
}

async fn print(batch: Batch<manifest::historical_sync::Record>) -> Result<(), Infallible> {
    batch.into_iter().for_each(|record| println!("{}", record.value.email));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fourteen_requests_and_records() {
        let runtime = Runtime::builder().store(intake::store::Memory::new()).build().unwrap();
        let intake = manifest::HistoricalSync::default();
        let report = runtime.poll(&Workflow::new("w"), &intake, print).await.unwrap();
        assert_eq!(
            report.to_string(),
            r#"14 requests, 14 records, stopped because iterate is false, state {"iterations":15}"#
        );
    }
}
