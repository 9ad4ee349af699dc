//! `intake check --watch`
#![cfg(unix)]

mod common;

use common::{Folder, intake};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const GOOD: &str = r#"[{ "name": "a", "type": "polling", "request": { "!jq": "{results: [], iterate: false}" } }]"#;

struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn new(folder: &Folder, files: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_intake"));
        command.args(["check", "--watch"]).args(files).current_dir(folder.path()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, lines }
    }

    /// What is reported by the next run.
    fn report(&self) -> String {
        let mut report = String::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("only: {report}"));
            if line.starts_with("watching ") {
                return report;
            }
            report.push_str(&line);
            report.push('\n');
        }
    }

    /// The exit code after Ctrl-C.
    fn end(mut self) -> Option<i32> {
        let kill = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It has ended already where the test has passed.
        let _ = self.child.kill();
    }
}

#[test]
fn changes_are_checked_until_it_is_ended() {
    let folder = Folder::new(&[("a.json", "[1,]"), ("b.json", GOOD)]);
    let watch = Watch::new(&folder, &["a.json", "b.json"]);
    let first = watch.report();
    assert!(first.contains("error[IN0102]") && !first.contains('\u{1b}'), "{first}");
    folder.write("a.json", GOOD);
    assert_eq!(watch.report(), "");
    folder.write("b.json", "[{}]");
    assert!(watch.report().contains("error[IN0203]"));
    std::fs::remove_file(folder.path().join("a.json")).unwrap();
    assert!(watch.report().contains("error: cannot read a.json"));
    folder.write("new.json", GOOD);
    std::fs::rename(folder.path().join("new.json"), folder.path().join("a.json")).unwrap();
    assert!(!watch.report().contains("a.json"));
    assert_eq!(watch.end(), Some(1), "b.json has an error");
}

#[test]
fn samples_are_watched_too() {
    let manifest = r#"[{ "name": "a", "type": "polling", "request": { "!pipe": [
        { "!http": { "url": "https://a.example/${polling_state.page}" } },
        { "!jq": "{results: .data, iterate: .more, polling_state: {page: (${polling_state.page} + 1)}}" }] },
        "initial_setup": { "!jq": "{polling_state: {page: 1}}" } }]"#;
    let folder = Folder::new(&[("a.json", manifest)]);
    let watch = Watch::new(&folder, &["a.json"]);
    assert_eq!(watch.report(), "");
    let (new, samples) = (folder.path().join("new"), folder.path().join("samples"));
    std::fs::create_dir_all(new.join("a/a")).unwrap();
    folder.write("new/a/a/request.json", r#"{"date": [], "more": true}"#);
    std::fs::rename(new, &samples).unwrap();
    assert!(watch.report().contains("unknown field `data`"));
    folder.write("samples/a/a/request.json", r#"{"data": [1], "more": true}"#);
    assert_eq!(watch.report(), "");
    std::fs::remove_dir_all(samples).unwrap();
    assert_eq!(watch.report(), "");
    assert_eq!(watch.end(), Some(0));
}

#[test]
fn without_errors_it_ends_well() {
    let folder = Folder::new(&[("a.json", GOOD)]);
    let watch = Watch::new(&folder, &["a.json"]);
    assert_eq!(watch.report(), "");
    assert_eq!(watch.end(), Some(0));
}

#[test]
fn what_cannot_be_watched_is_said() {
    assert_eq!(intake(&["check", "--watch", "-"], "").status.code(), Some(2));
    assert_eq!(intake(&["check", "--watch", "--fix", "a.json"], "").status.code(), Some(2));
}
