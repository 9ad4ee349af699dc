//! Polls a vendor to the end: `poller PORT DATABASE RECORDS`. Appends `key<TAB>record` to RECORDS for each record.

use intake::store::Sqlite;
use intake::{Batch, Runtime, Workflow};
use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

mod manifest {
    intake::include_intake!("thirty-pages.json");
}

use manifest::{ThirtyPages, thirty_pages};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: poller PORT DATABASE RECORDS");
    let (port, database, records) = (argument()?, argument()?, PathBuf::from(argument()?));
    let runtime = Runtime::builder().store(Sqlite::open(database).await?).build()?;
    let port = thirty_pages::Port { value: port };
    let intake = ThirtyPages { custom_data: thirty_pages::CustomData { port } };
    let sink = |batch: Batch<thirty_pages::Record>| std::future::ready(append(&records, batch));
    let report = runtime.poll(&Workflow::new("w"), &intake, sink).await?;
    println!("{report}");
    Ok(())
}

fn append(path: &PathBuf, batch: Batch<thirty_pages::Record>) -> std::io::Result<()> {
    let lines: String = batch.into_iter().map(|record| format!("{}\t{}\n", record.key, record.value)).collect();
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(lines.as_bytes())?;
    // A kill in here repeats the batch: it is out, and not yet acknowledged.
    file.sync_all()
}
