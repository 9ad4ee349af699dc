// What the manifest gives is a Rust type like any other: rustc says what is wrong, on the line that is.
mod crm {
    intake::include_intake!("customers.json");
}

use crm::customers::{PollingState, Record};

fn print(record: Record, state: PollingState) {
    let _: i64 = record.email;
    println!("{}", record.mail);
    println!("{}", record.note.len());
    let _: String = record.address.zip;
    let _: i64 = state.since;
    println!("{}", state.pages);
}

fn main() {
    let _ = print;
}
