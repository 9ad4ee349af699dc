//! A disk that fails for a while, below the store: in the system, under SQLite.

use crate::check::Found;
use crate::disk::{Ballast, Disk, Kind};
use crate::process::{Mode, Process};
use crate::rest;
use crate::site::Site;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::time::Instant;

/// How it fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The system lets the process write to no file beyond some size (EFBIG), as with `ulimit -f`.
    Limit,
    /// There is no room (ENOSPC).
    Full,
    /// What was written does not get to the disk: `fsync` fails.
    Sync,
}

const FAULTS: [Fault; 3] = [Fault::Limit, Fault::Full, Fault::Sync];

/// So many rounds of a kind reach the service.
const ENOUGH: u64 = 8;

/// What came of faults of a kind.
#[derive(Default)]
struct Tally {
    rounds: u64,
    put_off: u64,
    unready: u64,
    recovered: u64,
    killed: u64,
    stopped: u64,
    refused_to_start: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, put_off, unready, recovered, killed, stopped, refused_to_start } = self;
        write!(
            f,
            "{rounds} rounds, {put_off} deliveries answered with 503, {unready} times not ready; {recovered} times it went \
             on by itself, {killed} times it was killed and {stopped} times stopped meanwhile, and {refused_to_start} times \
             it refused to start"
        )
    }
}

/// With `everywhere`, on disks of its own as well, which takes root.
pub(crate) async fn run(rounds: u64, seed: u64, everywhere: bool) -> Found {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = match everywhere.then_some(Disk::new(Kind::Fillable)) {
        None => None,
        Some(disk) => match disk.await {
            Ok(disk) => Some(disk),
            Err(problem) => {
                println!("left out: a full disk, and one whose syncs fail, which only root can make ({problem})");
                None
            }
        },
    };
    let mut faults = Faults {
        site: Site::new(&disk.as_ref().map_or_else(|| folder.path().to_owned(), Disk::path), seed).await,
        tallies: Default::default(),
    };
    faults.site.shared.book().faults = true;
    let begin = Instant::now();
    for round in 0..rounds {
        let which = if disk.is_some() { round as usize % FAULTS.len() } else { 0 };
        faults.round(which, disk.as_ref()).await;
        if (round + 1) % 50 == 0 {
            println!("{} rounds, {} s", round + 1, begin.elapsed().as_secs());
        }
        if faults.site.has_problems() {
            break;
        }
    }
    let mut found = rest::look(&faults.site).await;
    for (fault, tally) in FAULTS.iter().zip(&faults.tallies).filter(|(_, tally)| tally.rounds > 0) {
        println!("{fault}: {tally}");
        // A few rounds may all find some room.
        if found.problems.is_empty() && tally.rounds >= ENOUGH && (tally.put_off == 0 || tally.unready == 0) {
            found.problems.push(format!("{fault}: no fault has reached the service"));
        }
    }
    found
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limit => "files that may not grow",
            Self::Full => "a full disk",
            Self::Sync => "a disk whose syncs fail",
        })
    }
}

struct Faults {
    site: Site,
    tallies: [Tally; FAULTS.len()],
}

impl Faults {
    async fn round(&mut self, which: usize, disk: Option<&Disk>) {
        let (fault, tally) = (FAULTS[which], &mut self.tallies[which]);
        tally.rounds += 1;
        let site = &mut self.site;
        let mut process = started(site).await;
        site.load(&mut process, 30, 150).await;
        let before = site.shared.book().put_off;
        let limit = limit(fault, site, tally.rounds);
        limit_files(&process, limit);
        let ballast = match (fault, disk) {
            (Fault::Full, Some(disk)) => Some(disk.fill()),
            (Fault::Sync, Some(disk)) => Some(disk.fail().await.expect("a disk that fails")),
            _ => None,
        };
        site.load(&mut process, 50, 250).await;
        unready(site, tally, limit == Some(0)).await;
        match site.random.below(10) {
            0..=4 => {
                lift(&process, ballast);
                tally.recovered += 1;
                if let Err(problem) = site.recovers().await {
                    let said = process.said().await;
                    site.shared.problem(format!("after {fault}: {problem}\n{said}"));
                }
                site.load(&mut process, 30, 150).await;
                kill(site, &mut process).await;
            }
            5..=7 => {
                tally.killed += 1;
                kill(site, &mut process).await;
                if site.random.below(3) > 0 {
                    start_in_it(site, tally, fault).await;
                }
                drop(ballast);
            }
            _ => {
                tally.stopped += 1;
                if let Err(problem) = process.stop().await {
                    site.shared.problem(format!("with {fault}: {problem}"));
                }
                drop(ballast);
            }
        }
        tally.put_off += site.shared.book().put_off - before;
    }
}

/// What `/readyz` says while the disk fails. Some writes may still find room.
async fn unready(site: &Site, tally: &mut Tally, surely: bool) {
    let Some(answer) = site.readiness().await else {
        return site.shared.problem("there is no answer to /readyz".to_owned());
    };
    let text = String::from_utf8_lossy(&answer.body);
    match answer.status.as_u16() {
        503 if text.contains("the store failed to") || text.contains("does not answer in time") => tally.unready += 1,
        200 if !surely => {}
        status => site.shared.problem(format!("while its disk fails, /readyz says {status}: {text}")),
    }
}

/// A start while the disk fails: it serves, or says why it does not.
async fn start_in_it(site: &Site, tally: &mut Tally, fault: Fault) {
    let mut process = site.start(if fault == Fault::Limit { Mode::NoFiles } else { Mode::Durable });
    if process.starts().await {
        return kill(site, &mut process).await;
    }
    let (status, said) = (process.ends().await, process.said().await);
    if status.code() == Some(1) && said.contains("the store failed to open its database") {
        tally.refused_to_start += 1;
    } else {
        site.shared.problem(format!("started with {fault}, it ends with {status} and says\n{said}"));
    }
}

/// Starts it on a disk that is well again. What failed to be written by one that has ended, and was not told of it, Linux
/// says to the first that syncs the file after: that one may refuse to start, the next may not.
async fn started(site: &Site) -> Process {
    let mut process = site.start(Mode::Durable);
    if process.starts().await {
        site.repeat(&mut process).await;
        return process;
    }
    let said = process.said().await;
    assert!(said.contains("the store failed to open its database"), "it does not start: {said}");
    site.started(Mode::Durable).await
}

async fn kill(site: &Site, process: &mut Process) {
    let status = process.kill().await;
    if status.signal() != Some(9) {
        let said = process.said().await;
        site.shared.problem(format!("the service ended with {status}\n{said}"));
    }
}

/// Every other time nothing can be written; else the log or the database can be up to somewhere, and one of them further
/// than the other.
fn limit(fault: Fault, site: &mut Site, round: u64) -> Option<u64> {
    if fault != Fault::Limit {
        return None;
    }
    let log = site.database.with_extension("db-wal");
    let size = std::fs::metadata(log).map_or(0, |log| log.len());
    Some(if round % 2 == 1 { 0 } else { site.random.below(size + 64 * 1024) })
}

fn limit_files(process: &Process, current: Option<u64>) {
    let id = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    prlimit(id, Resource::Fsize, Rlimit { current, maximum: None }).expect("limits of a child");
}

fn lift(process: &Process, ballast: Option<Ballast>) {
    limit_files(process, None);
    drop(ballast);
}
