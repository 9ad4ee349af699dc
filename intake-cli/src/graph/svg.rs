//! A picture: what comes in at the left, the events in the middle, what is kept at the right.

use super::{Edge, Graph};
use std::fmt::Write;

/// The width of a character of the font, which is monospaced so that it is known.
const CHAR: f64 = 7.25;
const LINE: f64 = 17.0;
const PAD: f64 = 10.0;
const PILL: f64 = 24.0;
/// Between columns: room for the arrows.
const GAP: f64 = 120.0;
const MARGIN: f64 = 24.0;

const TAKES: &str = "#2563eb";
const READS: &str = "#0f766e";
const WRITES: &str = "#b45309";

/// A picture of all intakes, one below the other.
pub(super) fn draw(graphs: &[Graph]) -> String {
    let (mut body, mut width, mut y) = (String::new(), 460.0_f64, MARGIN);
    for graph in graphs {
        let intake = Intake::new(graph, y);
        // Writing to a String cannot fail.
        let _ = intake.draw(&mut body);
        (width, y) = (width.max(intake.width), intake.bottom + 2.0 * MARGIN);
    }
    let _ = legend(&mut body, y);
    let height = y + MARGIN;
    let markers: String = [("takes", TAKES), ("reads", READS), ("writes", WRITES), ("then", "#6b7280")]
        .map(|(name, color)| {
            format!(
                "<marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
                 markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"{color}\"/></marker>\n"
            )
        })
        .concat();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} \
         {height:.0}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"12\">\n\
         <defs>\n{markers}</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

fn legend(out: &mut String, y: f64) -> std::fmt::Result {
    let mut x = MARGIN;
    for (name, color, dash, text) in [
        ("takes", TAKES, "", "takes"),
        ("reads", READS, " stroke-dasharray=\"5 3\"", "reads"),
        ("writes", WRITES, "", "writes"),
    ] {
        let end = x + 34.0;
        writeln!(
            out,
            "<path d=\"M{x:.1} {y:.1}H{end:.1}\" stroke=\"{color}\" fill=\"none\"{dash} marker-end=\"url(#{name})\"/>"
        )?;
        writeln!(out, "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"#374151\">{text}</text>", end + 8.0, y + 4.0)?;
        x = end + 8.0 + text_width(text) + 28.0;
    }
    Ok(())
}

fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * CHAR
}

/// A box with its place.
#[derive(Clone, Copy)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Area {
    fn middle(self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// One intake, laid out.
struct Intake<'a> {
    graph: &'a Graph,
    top: f64,
    bottom: f64,
    width: f64,
    inputs: Vec<Area>,
    events: Vec<Area>,
    kept: Vec<Area>,
}

impl<'a> Intake<'a> {
    fn new(graph: &'a Graph, top: f64) -> Self {
        let column = |labels: &[String]| labels.iter().map(|label| text_width(label) + 2.0 * PAD).fold(0.0, f64::max);
        let (input_width, kept_width) = (column(&graph.inputs), column(&graph.kept));
        let lines = graph.events.iter().flat_map(|event| event.lines.iter().map(|line| text_width(line)));
        let names = graph.events.iter().map(|event| text_width(event.name) * 1.1);
        let event_width = lines.chain(names).fold(120.0, f64::max) + 2.0 * PAD;
        let event_x = MARGIN + if input_width > 0.0 { input_width + GAP } else { 0.0 };
        let first = top + 34.0;

        let mut y = first;
        let mut events = Vec::new();
        for (index, event) in graph.events.iter().enumerate() {
            // Room for the arrows that end here.
            let ends = |edge: &&Edge| edge.event() == index;
            let arrows = graph.edges.iter().filter(ends).count() as f64;
            let height = (2.0 * PAD + LINE * (1.0 + event.lines.len() as f64)).max(arrows * 8.0 + PAD);
            events.push(Area { x: event_x, y, width: event_width, height });
            y += height + 28.0;
        }
        let kept_x = event_x + event_width + GAP;
        let place = |x, width, count, ends: &dyn Fn(&Edge) -> Option<usize>| {
            pills(x, width, first, count, |index| wish(graph, &events, |edge| ends(edge) == Some(index)))
        };
        let inputs = place(MARGIN, input_width, graph.inputs.len(), &|edge| match edge {
            Edge::Takes { input, .. } => Some(*input),
            _ => None,
        });
        let kept = place(kept_x, kept_width, graph.kept.len(), &|edge| match edge {
            Edge::Reads { kept, .. } | Edge::Writes { kept, .. } => Some(*kept),
            Edge::Takes { .. } => None,
        });
        let bottom = inputs.iter().chain(&events).chain(&kept).map(|area| area.y + area.height).fold(first, f64::max);
        let right = if kept.is_empty() { event_x + event_width } else { kept_x + kept_width };
        let width = (right + MARGIN).max(MARGIN * 2.0 + text_width(&graph.name) + 120.0);
        Self { graph, top, bottom, width, inputs, events, kept }
    }

    fn draw(&self, out: &mut String) -> std::fmt::Result {
        let title = escaped(&self.graph.name);
        writeln!(
            out,
            "<text x=\"{MARGIN}\" y=\"{:.1}\" font-size=\"15\" font-weight=\"bold\" fill=\"#111827\">{title} <tspan \
             font-weight=\"normal\" font-size=\"12\" fill=\"#6b7280\">{}</tspan></text>",
            self.top + 14.0,
            self.graph.kind
        )?;
        if self.graph.kind == "polling" {
            for pair in self.events.windows(2) {
                let x = pair[0].x + pair[0].width / 2.0;
                let (from, to) = (pair[0].y + pair[0].height, pair[1].y);
                writeln!(
                    out,
                    "<path d=\"M{x:.1} {from:.1}V{to:.1}\" stroke=\"#6b7280\" fill=\"none\" marker-end=\"url(#then)\"/>"
                )?;
            }
        }
        self.arrows(out)?;
        for (area, label) in self.inputs.iter().zip(&self.graph.inputs) {
            pill(out, *area, label, "#eff6ff", TAKES)?;
        }
        for (area, label) in self.kept.iter().zip(&self.graph.kept) {
            pill(out, *area, label, "#fef3c7", WRITES)?;
        }
        for (area, event) in self.events.iter().zip(&self.graph.events) {
            let Area { x, y, width, height } = *area;
            writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"5\" fill=\"#f9fafb\" stroke=\"#374151\"/>"
            )?;
            let mut line = y + PAD + 11.0;
            writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{line:.1}\" font-weight=\"bold\" fill=\"#111827\">{}</text>",
                x + PAD,
                event.name
            )?;
            for text in &event.lines {
                line += LINE;
                writeln!(out, "<text x=\"{:.1}\" y=\"{line:.1}\" fill=\"#374151\">{}</text>", x + PAD, escaped(text))?;
            }
        }
        Ok(())
    }

    /// The arrows, which start and end apart from each other.
    fn arrows(&self, out: &mut String) -> std::fmt::Result {
        let edges = &self.graph.edges;
        for edge in edges {
            let event = self.events[edge.event()];
            let left = matches!(edge, Edge::Takes { .. });
            let other = self.other(*edge);
            // The arrows on the same side of the event, by where they come from; reading and writing one key keep apart.
            let rank = |edge: &Edge| (self.other(*edge).y, matches!(edge, Edge::Reads { .. }));
            let beside = |one: &&Edge| one.event() == edge.event() && matches!(one, Edge::Takes { .. }) == left;
            let here = port(event, rank(edge), edges.iter().filter(beside).map(rank));
            let far = |edge: &Edge| (self.events[edge.event()].y, matches!(edge, Edge::Reads { .. }));
            let same = |one: &&Edge| one.other() == edge.other();
            let there = port(other, far(edge), edges.iter().filter(same).map(far));
            let (x, far_x) = if left { (event.x, other.x + other.width) } else { (event.x + event.width, other.x) };
            let ((x1, y1), (x2, y2), color, name, dash) = match edge {
                Edge::Takes { .. } => ((far_x, there), (x, here), TAKES, "takes", ""),
                Edge::Reads { .. } => ((far_x, there), (x, here), READS, "reads", " stroke-dasharray=\"5 3\""),
                Edge::Writes { .. } => ((x, here), (far_x, there), WRITES, "writes", ""),
            };
            let bend = (x1 + x2) / 2.0;
            writeln!(
                out,
                "<path d=\"M{x1:.1} {y1:.1}C{bend:.1} {y1:.1} {bend:.1} {y2:.1} {x2:.1} {y2:.1}\" stroke=\"{color}\" fill=\"none\"{dash} marker-end=\"url(#{name})\"/>"
            )?;
        }
        Ok(())
    }

    fn other(&self, edge: Edge) -> Area {
        match edge {
            Edge::Takes { input, .. } => self.inputs[input],
            Edge::Reads { kept, .. } | Edge::Writes { kept, .. } => self.kept[kept],
        }
    }
}

impl Edge {
    fn event(self) -> usize {
        match self {
            Self::Takes { event, .. } | Self::Reads { event, .. } | Self::Writes { event, .. } => event,
        }
    }

    /// The other end: whether it is an input, and its number.
    fn other(self) -> (bool, usize) {
        match self {
            Self::Takes { input, .. } => (true, input),
            Self::Reads { kept, .. } | Self::Writes { kept, .. } => (false, kept),
        }
    }
}

/// Where one of several arrows meets the side of a box.
fn port(area: Area, rank: (f64, bool), all: impl Iterator<Item = (f64, bool)>) -> f64 {
    let (mut count, mut before) = (0.0, 0.0);
    for other in all {
        count += 1.0;
        before += f64::from(u8::from(other < rank));
    }
    area.y + area.height * (before + 1.0) / (count + 1.0)
}

/// Where something is best placed: in the middle of the events that it has to do with.
fn wish(graph: &Graph, events: &[Area], is_its: impl Fn(&Edge) -> bool) -> f64 {
    let its: Vec<f64> =
        graph.edges.iter().filter(|edge| is_its(edge)).map(|edge| events[edge.event()].middle()).collect();
    its.iter().sum::<f64>() / its.len().max(1) as f64
}

/// Boxes below each other, each as near to where it is best as the others let it.
fn pills(x: f64, width: f64, top: f64, count: usize, wish: impl Fn(usize) -> f64) -> Vec<Area> {
    let mut order: Vec<(f64, usize)> = (0..count).map(|index| (wish(index), index)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let step = PILL + 1.6 * PAD;
    let mut areas = vec![Area { x, y: top, width, height: PILL }; count];
    let mut from = 0;
    while from < order.len() {
        // Those that wish to be near one another share the room around their middle.
        let mut to = from + 1;
        let start = |from: usize, to: usize| {
            let middle = order[from..to].iter().map(|(wish, _)| wish).sum::<f64>() / (to - from) as f64;
            middle - step * (to - from) as f64 / 2.0
        };
        while to < order.len() && start(to, to + 1) < start(from, to).max(top) + step * (to - from) as f64 {
            to += 1;
        }
        let free = if from == 0 { top } else { areas[order[from - 1].1].y + step };
        let first = start(from, to).max(free);
        for (place, (_, index)) in order[from..to].iter().enumerate() {
            areas[*index].y = first + step * place as f64;
        }
        from = to;
    }
    areas
}

fn pill(out: &mut String, area: Area, label: &str, fill: &str, stroke: &str) -> std::fmt::Result {
    let Area { x, y, width, height } = area;
    writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"12\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
    )?;
    let middle = x + width / 2.0;
    writeln!(
        out,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#111827\">{}</text>",
        y + 16.0,
        escaped(label)
    )
}

fn escaped(text: &str) -> String {
    let is_allowed = |c: &char| !c.is_control();
    let text: String = text.chars().filter(is_allowed).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
