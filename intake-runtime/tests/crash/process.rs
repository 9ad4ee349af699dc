//! The process of a service: it is told what to do, heard, and ended.

use crate::PATIENCE;
use crate::book::Shared;
use std::collections::VecDeque;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How many lines of its log are kept.
const LINES: usize = 40;

/// How a service is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As it is.
    Durable,
    /// Its commits are not waited for: the control of the power cuts.
    Lax,
    /// It may write to no file.
    NoFiles,
}

pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    ready: watch::Receiver<bool>,
    log: Arc<Mutex<VecDeque<String>>>,
    /// End with its output and its log.
    reading: [JoinHandle<()>; 2],
}

impl Process {
    /// Starts a service on the database, that is called by the vendor at a port and appends what it gets to a file.
    pub(crate) fn start(database: &Path, records: &Path, ports: (u16, u16), mode: Mode, shared: &Shared) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("--victim").arg(database).arg(records).args([ports.0.to_string(), ports.1.to_string()]);
        command.arg(format!("{mode:?}"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("a process");
        let input = child.stdin.take().expect("its input");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut errors = BufReader::new(child.stderr.take().expect("its log")).lines();
        let (says, ready) = watch::channel(false);
        let of_output = shared.clone();
        let hearing = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                match line.split_once(' ') {
                    None if line == "ready" => _ = says.send_replace(true),
                    Some(("ok", call)) => of_output.done(call),
                    Some(("refused", rest)) => of_output.refused(rest),
                    _ => of_output.problem(format!("the service says {line:?}")),
                }
            }
        });
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let (shared, kept) = (shared.clone(), Arc::clone(&log));
        let reading = tokio::spawn(async move {
            while let Ok(Some(line)) = errors.next_line().await {
                if line.contains("panicked at") {
                    shared.problem(line.clone());
                }
                let mut log = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if log.len() == LINES {
                    log.pop_front();
                }
                log.push_back(line);
            }
        });
        Self { child, input, ready, log, reading: [hearing, reading] }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Waits until it serves; `false` if it ends instead.
    pub(crate) async fn starts(&mut self) -> bool {
        let ready = self.ready.wait_for(|ready| *ready);
        tokio::time::timeout(PATIENCE, ready).await.expect("it starts in time").is_ok()
    }

    pub(crate) async fn ready(&mut self) {
        if !self.starts().await {
            let status = self.child.wait().await;
            panic!("it does not start: {status:?}\n{}", self.said().await);
        }
    }

    pub(crate) async fn call(&mut self, call: &str) {
        // It may have died.
        let _ = self.input.write_all(format!("{call}\n").as_bytes()).await;
    }

    /// Stops all that it does: its main thread when this returns, the others when they come out of what they have asked of
    /// the system; with `wholly` they all have.
    #[cfg(target_os = "linux")]
    pub(crate) async fn freeze(&self, wholly: bool) {
        self.signal(rustix::process::Signal::STOP);
        let tasks = format!("/proc/{}/task", self.id());
        let stopped = |id: String| {
            let stat = std::fs::read_to_string(format!("{tasks}/{id}/stat")).unwrap_or_default();
            // Behind the name, which is in brackets, and may have any in it.
            stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['T', 'Z']))
        };
        loop {
            let ids: Vec<String> = if wholly {
                let tasks = std::fs::read_dir(&tasks).expect("its threads");
                tasks.filter_map(|task| task.ok()?.file_name().into_string().ok()).collect()
            } else {
                vec![self.id().to_string()]
            };
            if ids.into_iter().all(stopped) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn thaw(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    #[cfg(target_os = "linux")]
    fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.id()).ok().and_then(rustix::process::Pid::from_raw).expect("its id");
        rustix::process::kill_process(id, signal).expect("a child that is there");
    }

    pub(crate) async fn kill(&mut self) -> ExitStatus {
        // It may have ended, which the status tells.
        let _ = self.child.start_kill();
        let status = self.child.wait().await.expect("its end");
        self.heard().await;
        status
    }

    /// Waits until all is heard that it has said before its end.
    async fn heard(&mut self) {
        for reading in &mut self.reading {
            if !reading.is_finished() {
                reading.await.expect("what it said");
            }
        }
    }

    /// Tells it to stop and waits until it has.
    pub(crate) async fn stop(&mut self) -> Result<(), String> {
        let told = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().await.expect("`kill`");
        match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(Ok(status)) if status.success() && told.success() => Ok(()),
            ended => Err(format!("told to stop, it ended so: {ended:?}\n{}", self.said().await)),
        }
    }

    /// How it ends by itself.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").expect("its end")
    }

    /// The last lines of its log, all of them if it has ended.
    pub(crate) async fn said(&mut self) -> String {
        if self.child.id().is_none() {
            self.heard().await;
        }
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().fold(String::new(), |text, line| text + line + "\n")
    }
}
