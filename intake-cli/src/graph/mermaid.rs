//! Mermaid: <https://mermaid.js.org/syntax/flowchart.html>.

use super::{Edge, Graph};
use std::fmt::Write;

/// A flowchart of all intakes.
pub(super) fn draw(graphs: &[Graph]) -> String {
    let mut text = String::from("flowchart LR\n");
    for (number, graph) in graphs.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = intake(&mut text, number, graph);
    }
    text.push_str("  classDef kept fill:#fef3c7,stroke:#b45309\n  classDef input fill:#eff6ff,stroke:#2563eb\n");
    text
}

fn intake(text: &mut String, number: usize, graph: &Graph) -> std::fmt::Result {
    let id = |kind: &str, index: usize| format!("i{number}{kind}{index}");
    writeln!(text, "  subgraph i{number} [\"{} ({})\"]", escaped(&graph.name), graph.kind)?;
    for (index, event) in graph.events.iter().enumerate() {
        let lines: String = event.lines.iter().map(|line| format!("<br>{}", escaped(line))).collect();
        writeln!(text, "    {}[\"<b>{}</b>{lines}\"]", id("e", index), event.name)?;
    }
    for (index, input) in graph.inputs.iter().enumerate() {
        writeln!(text, "    {}([\"{}\"]):::input", id("f", index), escaped(input))?;
    }
    for (index, kept) in graph.kept.iter().enumerate() {
        writeln!(text, "    {}[(\"{}\")]:::kept", id("k", index), escaped(kept))?;
    }
    if graph.kind == "polling" {
        for index in 1..graph.events.len() {
            writeln!(text, "    {} ==> {}", id("e", index - 1), id("e", index))?;
        }
    }
    for edge in &graph.edges {
        match edge {
            Edge::Takes { input, event } => writeln!(text, "    {} --> {}", id("f", *input), id("e", *event))?,
            Edge::Reads { kept, event } => writeln!(text, "    {} -. reads .-> {}", id("k", *kept), id("e", *event))?,
            Edge::Writes { event, kept } => writeln!(text, "    {} -- writes --> {}", id("e", *event), id("k", *kept))?,
        }
    }
    writeln!(text, "  end")
}

/// Text in a label: Mermaid reads HTML there, and its own entities.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('#', "&#35;")
}
