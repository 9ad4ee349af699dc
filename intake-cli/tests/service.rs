//! A service driven as its users do: as a process of its own, over HTTP, by signals, and with the command on its database.

#![cfg(unix)]

#[path = "service/commands.rs"]
mod commands;
mod common;
#[path = "service/process.rs"]
mod process;
#[path = "service/program.rs"]
mod program;
#[path = "service/vendor.rs"]
mod vendor;
#[path = "service/world.rs"]
mod world;

/// The program, for the tests to start.
#[test]
#[ignore = "serves until it is told to stop"]
fn program() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let served = runtime.block_on(program::run());
    served.unwrap_or_else(|error| panic!("{error}"));
    // Its input is still being read.
    runtime.shutdown_background();
}
