//! `intake graph`: what each event of a manifest reads, writes and calls, as a picture.

mod mermaid;
mod svg;

use crate::format::{Format, Report, When};
use clap::{Args, ValueEnum};
use intake_compiler::check::visit::EventKind;
use intake_compiler::compile::analyse;
use intake_compiler::diagnostic::{Severity, Sink};
use intake_compiler::flow::{Flow, IntakeFlow, ways};
use intake_compiler::manifest::model::{CommandKind, Http, IntakeKind, Method};
use intake_compiler::samples::Samples;
use intake_compiler::template::{Part, Root, Step, Template, Variable};
use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to draw, and as what.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The manifest; `-` reads standard input
    file: PathBuf,
    /// What to print
    #[arg(long, value_enum, default_value_t = Kind::Mermaid)]
    format: Kind,
    /// The folder of samples, instead of `samples/STEM` beside the manifest
    #[arg(long)]
    samples: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// A flowchart as text, which many code hosts draw
    Mermaid,
    /// A picture
    Svg,
}

/// Draws a manifest without errors.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let source = crate::read(&arguments.file)?;
    let files = crate::samples::of(&arguments.file, arguments.samples.as_deref())?;
    let analysis = analyse(&source, &files);
    if analysis.diagnostics.iter().any(|found| found.severity() == Severity::Error) {
        let mut report = Report::new(Format::Human, When::Auto);
        report.add(&source, &analysis.diagnostics);
        report.finish();
        return Ok(ExitCode::FAILURE);
    }
    let mut reported = Sink::new();
    let samples = Samples::read(&files, &analysis.manifest, &mut reported);
    drop(reported.finish());
    let flow = Flow::of(&analysis.manifest, &samples);
    let graphs: Vec<Graph> = flow.intakes.iter().map(Graph::of).collect();
    let text = match arguments.format {
        Kind::Mermaid => mermaid::draw(&graphs),
        Kind::Svg => svg::draw(&graphs),
    };
    crate::format::or_closed_pipe(std::io::stdout().write_all(text.as_bytes()))?;
    Ok(ExitCode::SUCCESS)
}

/// One intake.
struct Graph {
    name: String,
    /// `webhook` or `polling`: the events of the latter run one after the other.
    kind: &'static str,
    events: Vec<Event>,
    /// What comes from outside: form fields and the like.
    inputs: Vec<String>,
    /// What is kept: keys of the state and of saved data.
    kept: Vec<String>,
    edges: Vec<Edge>,
}

/// One event: its name, and what it does, a line each.
struct Event {
    name: &'static str,
    lines: Vec<String>,
}

/// An arrow; the numbers are those of the lists of [`Graph`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Takes { input: usize, event: usize },
    Reads { kept: usize, event: usize },
    Writes { event: usize, kept: usize },
}

impl Graph {
    fn of(flow: &IntakeFlow<'_>) -> Self {
        let is_polling = matches!(flow.intake.kind, Some(IntakeKind::Polling(_)));
        let mut graph = Self {
            name: flow.intake.name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
            kind: if is_polling { "polling" } else { "webhook" },
            events: Vec::new(),
            inputs: Vec::new(),
            kept: Vec::new(),
            edges: Vec::new(),
        };
        for (event, found) in flow.events.iter().enumerate() {
            let mut lines: Vec<String> = Vec::new();
            for command in &found.commands {
                match &command.command.kind {
                    CommandKind::Http(http) => lines.extend(call(http)),
                    CommandKind::Respond(respond) => lines.push(format!("answers {}", respond.code)),
                    _ => {}
                }
            }
            match found.kind {
                EventKind::Request => lines.push("gives results, again while iterate".to_owned()),
                EventKind::ResourceId | EventKind::AccountId => lines.push("of each payload".to_owned()),
                _ => {}
            }
            let mut seen = HashSet::new();
            lines.retain(|line| seen.insert(line.clone()));
            graph.events.push(Event { name: found.kind.as_str(), lines });
            found.reads.iter().for_each(|read| graph.read(event, read.variable));
            for save in &found.saves {
                let scope = save.scope.map_or("…", |scope| scope.as_str());
                let shapes: Vec<_> = save.input.iter().collect();
                graph.write(event, &format!("data.{scope}"), &ways::names(shapes.iter().copied()));
                if shapes.iter().any(|shape| ways::is_open(shape)) {
                    graph.write(event, &format!("data.{scope}"), &["…"]);
                }
            }
        }
        let writes = flow.state.iter().flat_map(|state| state.written());
        for (event, shape) in writes.filter_map(|write| Some((write.event?, &write.shape))) {
            graph.write(event, "polling_state", &ways::names([shape]));
            if ways::is_open(shape) {
                graph.write(event, "polling_state", &["…"]);
            }
        }
        graph
    }

    fn read(&mut self, event: usize, variable: &Variable) {
        let path = &variable.path;
        let key = match path.steps.first() {
            Some(Step::Key(key)) => format!(".{key}"),
            _ => String::new(),
        };
        let edge = match &path.root {
            Root::PipedContent(_) => return,
            Root::PollingState | Root::Saved(_) => {
                Edge::Reads { kept: number(&mut self.kept, format!("{}{key}", path.root)), event }
            }
            root => Edge::Takes { input: number(&mut self.inputs, root.to_string()), event },
        };
        self.add(edge);
    }

    fn write(&mut self, event: usize, root: &str, keys: &[&str]) {
        for key in keys {
            let kept = number(&mut self.kept, format!("{root}.{key}"));
            self.add(Edge::Writes { event, kept });
        }
    }

    fn add(&mut self, edge: Edge) {
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }
}

/// The number of a name in a list, where it is put if it is new.
fn number(names: &mut Vec<String>, name: String) -> usize {
    names.iter().position(|known| *known == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}

/// `GET https://api.example.com/contacts`
fn call(http: &Http) -> Option<String> {
    let method = match http.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
    };
    Some(format!("{method} {}", shortened(&text(http.address.as_ref()?.template()))))
}

fn text(template: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.value.clone(),
        Part::Variable(variable) => format!("${{{}}}", variable.path),
    };
    template.parts.iter().map(part).collect()
}

/// A URL's middle can be missed, its end rarely.
fn shortened(url: &str) -> String {
    const MOST: usize = 64;
    let length = url.chars().count();
    if length <= MOST {
        return url.to_owned();
    }
    let start: String = url.chars().take(MOST / 2).collect();
    let end: String = url.chars().skip(length - MOST / 2 + 1).collect();
    format!("{start}…{end}")
}
