//! Shared with the build script: random programs over a response's bytes. Most can be run in one walk.

use super::random::Random;

const KEYS: &[&str] = &["a", "b", "id", "name", "tags", "data", "items", "\u{e9} \\\"x\\\""];
const CONSTANTS: &[&str] = &["0", "1", "2", "-1", "1.5", "2.50", "1e3", "null", "true", "false"];
const STRINGS: &[&str] = &["", "a", "b", "x", "active", ", ", "q\\\"\\n", "\u{e9}"];
const COMPARISONS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];
const VARIABLES: &[&str] = &["${polling_state.x}", "${subdomain}"];

/// A random program.
pub fn random(random: &mut Random) -> String {
    let at = random.below(KEYS.len());
    // Few keys, so that the same place is read in several ways.
    let keys = (0..4).map(|step| KEYS[(at + step * 3) % KEYS.len()]).collect();
    let mut writer = Writer { random, keys, bound: Vec::new(), names: 0, root: true };
    let depth = 2 + writer.random.below(3);
    match writer.random.below(8) {
        0 => writer.output(depth),
        1 => {
            let stream = writer.stream(depth);
            format!("[{stream}]")
        }
        2 => {
            let (path, depth) = (writer.path(), depth - 1);
            let body = writer.binding(depth, Writer::object);
            format!("{path} as {body}")
        }
        _ => writer.object(depth),
    }
}

struct Writer<'r> {
    random: &'r mut Random,
    keys: Vec<&'static str>,
    /// The variables that are bound here.
    bound: Vec<String>,
    names: usize,
    /// Whether the input is the response's.
    root: bool,
}

impl Writer<'_> {
    fn key(&mut self) -> String {
        let key = *self.random.pick(&self.keys);
        let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if plain && self.random.often(950) { format!(".{key}") } else { format!(".[\"{key}\"]") }
    }

    /// A path to one value.
    fn path(&mut self) -> String {
        let mut path = match self.random.below(12) {
            0 if self.root => ".body".to_owned(),
            1 | 2 if !self.bound.is_empty() => self.random.pick(&self.bound).clone(),
            3 | 4 if !self.root => return ".".to_owned(),
            _ => self.key(),
        };
        while self.random.often(250) {
            if self.random.often(750) {
                path += &self.key();
            } else {
                path += self.random.pick::<&str>(&["[0]", "[0]", "[1]", "[-1]", "[2]"]);
            }
        }
        path
    }

    /// Something with another input.
    fn inside(&mut self, write: impl FnOnce(&mut Self) -> String) -> String {
        let root = std::mem::replace(&mut self.root, false);
        let written = write(self);
        self.root = root;
        written
    }

    /// `$x | f`
    fn binding(&mut self, depth: usize, write: impl FnOnce(&mut Self, usize) -> String) -> String {
        self.names += 1;
        let name = format!("$v{}", self.names);
        self.bound.push(name.clone());
        let body = write(self, depth);
        self.bound.pop();
        format!("{name} | {body}")
    }

    fn object(&mut self, depth: usize) -> String {
        let names = ["results", "a", "polling_state", "iterate", "\"k\\n\u{e9}\"", "id"];
        let first = self.random.below(names.len());
        let members: Vec<_> = (0..1 + self.random.below(4))
            .map(|member| {
                let name = names[(first + member) % names.len()];
                if name.starts_with('"') || self.random.often(850) {
                    let value = self.output(depth.saturating_sub(1));
                    return format!("{name}: ({value})");
                }
                name.to_owned()
            })
            .collect();
        format!("{{{}}}", members.join(", "))
    }

    /// One output, which may be of any kind.
    fn output(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.path();
        }
        let inner = depth - 1;
        match self.random.below(16) {
            0..=2 => self.object(depth),
            3..=6 => {
                let stream = self.stream(inner);
                format!("[{stream}]")
            }
            7 => {
                let (condition, then, otherwise) = (self.condition(inner), self.output(inner), self.output(inner));
                format!("if {condition} then {then} else {otherwise} end")
            }
            8 => {
                let (value, other) = (self.value(inner), self.output(inner));
                format!("({value} // {other})")
            }
            9 | 10 => self.text(inner),
            11 | 12 => self.value(depth),
            13 => format!("({} + {})", self.value(inner), self.value(inner)),
            14 => {
                let (path, output) = (self.path(), self.inside(|writer| writer.output(inner)));
                format!("({path} | {output})")
            }
            _ => self.path(),
        }
    }

    /// Any number of outputs.
    fn stream(&mut self, depth: usize) -> String {
        let path = self.path();
        if depth == 0 {
            return format!("{path}[]");
        }
        let inner = depth - 1;
        match self.random.below(14) {
            0 => format!("{path}[]"),
            1 => format!("{path}[]{}", self.key()),
            2 => {
                let condition = self.inside(|writer| writer.condition(inner));
                format!("{path}[] | select({condition})")
            }
            3..=5 => {
                let condition = self.inside(|writer| writer.condition(inner));
                let output = self.inside(|writer| writer.output(inner));
                format!("{path}[] | select({condition}) | {output}")
            }
            6 => {
                let body = self.binding(inner, Self::output);
                format!("{path}[] as {body}")
            }
            7 => {
                let body = self.inside(|writer| {
                    let key = writer.key();
                    let body = writer.binding(inner, Self::stream);
                    format!("{key} as {body}")
                });
                format!("{path}[] | {body}")
            }
            8 => {
                let (left, right) = (self.stream(inner), self.output(inner));
                format!("({left}), {right}")
            }
            9 => {
                let (condition, then) = (self.condition(inner), self.stream(inner));
                format!("(if {condition} then {then} else empty end)")
            }
            10 => {
                let stream = self.inside(|writer| writer.stream(inner));
                format!("{path}[] | ({stream})")
            }
            _ => {
                let output = self.inside(|writer| writer.output(inner));
                format!("{path}[] | {output}")
            }
        }
    }

    /// One output, to compute with.
    fn value(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.random.below(6) {
                0 => (*self.random.pick(CONSTANTS)).to_owned(),
                1 => format!("\"{}\"", self.random.pick(STRINGS)),
                2 => (*self.random.pick(VARIABLES)).to_owned(),
                _ => self.path(),
            };
        }
        let inner = depth - 1;
        match self.random.below(12) {
            0 => format!("({} {} {})", self.value(inner), self.random.pick(&["+", "-", "/", "%"]), self.value(inner)),
            // A string times a large number is a string that fits nowhere.
            1 => format!("({} * {})", self.value(inner), self.random.pick(&["2", "1.5", "-1", "0"])),
            2 => format!("-({})", self.value(inner)),
            3 | 4 => format!("({} | length)", self.path()),
            5 => format!("({})", self.condition(inner)),
            6 => {
                let (condition, then, otherwise) = (self.condition(inner), self.value(inner), self.value(inner));
                format!("(if {condition} then {then} else {otherwise} end)")
            }
            7 => format!("({} // {})", self.value(inner), self.value(inner)),
            8 => format!("({} | type)", self.path()),
            9 => {
                let (path, value) = (self.path(), self.inside(|writer| writer.value(inner)));
                format!("({path} | {value})")
            }
            _ => self.value(0),
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        let inner = depth.saturating_sub(1);
        match self.random.below(11) {
            0..=3 => format!("{} {} {}", self.value(inner), self.random.pick(COMPARISONS), self.value(inner)),
            4 if depth > 0 => format!("({} and {})", self.condition(inner), self.condition(inner)),
            5 if depth > 0 => format!("({} or {})", self.condition(inner), self.condition(inner)),
            6 => format!("({} | not)", self.path()),
            7 => {
                let function = self.random.pick::<&str>(&["startswith", "endswith"]);
                format!("({} | {function}(\"{}\"))", self.path(), self.random.pick(STRINGS))
            }
            8 => format!("({} | type == \"{}\")", self.path(), self.random.pick(&["string", "object", "number"])),
            9 => {
                let kind = self.random.pick::<&str>(&["string", "number", "array", "object", "boolean"]);
                format!("({} | is{kind})", self.path())
            }
            _ => self.path(),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.random.below(9) {
            0 | 1 => {
                let (first, second) = (self.value(depth.min(1)), self.path());
                format!("\"{}\\({first})-\\({second})\"", self.random.pick(STRINGS))
            }
            2 | 3 => format!("({} + \"{}\" + {})", self.path(), self.random.pick(STRINGS), self.path()),
            4 => format!("({} | tostring)", self.path()),
            5 => format!("({} | join(\"{}\"))", self.path(), self.random.pick(STRINGS)),
            6 => {
                let stream = self.stream(depth.min(1));
                format!("([{stream}] | join(\"{}\"))", self.random.pick(STRINGS))
            }
            7 => format!("({} | map({}) | join(\"{}\"))", self.path(), self.key(), self.random.pick(STRINGS)),
            _ => format!("\"{}\"", self.random.pick(STRINGS)),
        }
    }
}
