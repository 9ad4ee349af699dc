//! SIGKILL at random moments of a service that polls, receives, registers and drains at once, round after round on one
//! database; then all that was promised is looked for.
//!
//! `cargo test --release -p intake-runtime --test crash -- --rounds 500`; `--seed N` repeats the order of what is done, not
//! the moments of it.

#![cfg(unix)]

mod check;
mod load;
mod vendor;
mod victim;

use std::time::Duration;

/// How many rounds there are if `--rounds` does not say.
const ROUNDS: u64 = 20;
/// No round takes longer to come to rest at the end.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    if let [victim, folder, vendor, hooks] = arguments.as_slice()
        && victim == "--victim"
    {
        runtime.block_on(victim::run(folder, vendor, hooks)).expect("a service");
        // Its input is still being read.
        return runtime.shutdown_background();
    }
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        Some(arguments.get(at + 1)?.parse().unwrap_or_else(|_| panic!("{name}: that is no number")))
    };
    let (rounds, seed) = (value("--rounds").unwrap_or(ROUNDS), value("--seed").unwrap_or(1));
    let found = runtime.block_on(load::run(rounds, seed));
    println!("{found}");
    assert!(found.killed == rounds, "only {} of {rounds} rounds were cut off", found.killed);
    assert!(found.problems.is_empty(), "{}", found.problems.join("\n"));
}
