//! Shared with the build script: random programs over a response's bytes. Most can be run in one walk.

use super::random::Random;

const KEYS: &[&str] = &["a", "b", "id", "name", "tags", "data", "items", "\u{e9}"];
/// A key that no document has as it is written here: each has to escape it, and nothing is looked for among such keys
/// but by jaq. Rare, as it says nothing of the rest.
const ESCAPED: &str = "\u{e9} \\\"x\\\"";
/// What is under the keys where a program takes them as one who knows the vendor would.
const ARRAYS: &[&str] = &["items", "tags", "\u{e9}"];
const OBJECTS: &[&str] = &["data", "a"];
const SCALARS: &[&str] = &["id", "name", "b"];
const CONSTANTS: &[&str] = &["0", "1", "2", "-1", "1.5", "2.50", "1e3", "null", "true", "false"];
const STRINGS: &[&str] = &["", "a", "b", "x", "active", ", ", "q\\\"\\n", "\u{e9}"];
const COMPARISONS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];
const VARIABLES: &[&str] = &["${polling_state.x}", "${subdomain}"];

/// A random program.
pub fn random(random: &mut Random) -> String {
    let at = random.below(KEYS.len());
    // Few keys, so that the same place is read in several ways.
    let keys = (0..4).map(|step| KEYS[(at + step * 3) % KEYS.len()]).collect();
    let sane = random.often(700);
    let mut writer = Writer { random, keys, bound: Vec::new(), names: 0, root: true, sane };
    let depth = 2 + writer.random.below(3);
    match writer.random.below(8) {
        0 => writer.output(depth),
        1 => {
            let stream = writer.stream(depth);
            format!("[{stream}]")
        }
        2 => {
            let (kind, depth) = (writer.kind(), depth - 1);
            let path = writer.path(kind);
            let body = writer.binding(kind, depth, Writer::object);
            format!("{path} as {body}")
        }
        _ => writer.object(depth),
    }
}

/// What a path is taken for: an array of objects, an object, or neither.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Array,
    Object,
    Scalar,
}

struct Writer<'r> {
    random: &'r mut Random,
    keys: Vec<&'static str>,
    /// The variables that are bound here.
    bound: Vec<(String, Kind)>,
    names: usize,
    /// Whether the input is the response's.
    root: bool,
    /// Whether each key is taken for one kind of value; if not, most documents make the program fail. The input is an
    /// object everywhere then.
    sane: bool,
}

impl Writer<'_> {
    fn kind(&mut self) -> Kind {
        *self.random.pick(&[Kind::Array, Kind::Object, Kind::Scalar, Kind::Scalar])
    }

    fn key(&mut self, kind: Kind) -> String {
        let known = match kind {
            Kind::Array => ARRAYS,
            Kind::Object => OBJECTS,
            Kind::Scalar => SCALARS,
        };
        let key = *self.random.pick(if self.sane { known } else { &self.keys });
        let key = if self.random.often(10) { ESCAPED } else { key };
        let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if plain && self.random.often(950) { format!(".{key}") } else { format!(".[\"{key}\"]") }
    }

    /// A path to one value.
    fn path(&mut self, kind: Kind) -> String {
        let bound: Vec<_> = self.bound.iter().filter(|(_, of)| !self.sane || *of == kind).collect();
        let variable = (!bound.is_empty()).then(|| self.random.pick(&bound).0.clone());
        match (self.random.below(12), variable) {
            (1 | 2, Some(variable)) if self.sane => return variable,
            (1 | 2, Some(variable)) => return self.unsure(variable),
            (3 | 4, _) if !self.root && (!self.sane || kind == Kind::Object) => return ".".to_owned(),
            (0, _) if self.root && !self.sane => return self.unsure(".body".to_owned()),
            _ => {}
        }
        if !self.sane {
            let key = self.key(kind);
            return self.unsure(key);
        }
        let mut path = String::new();
        if self.root && self.random.often(100) {
            path += ".body";
        }
        while self.random.often(200) {
            path += &self.key(Kind::Object);
        }
        if kind == Kind::Object && self.random.often(300) {
            return path + &self.key(Kind::Array) + self.random.pick::<&str>(&["[0]", "[1]", "[-1]"]);
        }
        path + &self.key(kind)
    }

    /// A path that goes on, to whatever there may be.
    fn unsure(&mut self, mut path: String) -> String {
        while self.random.often(250) {
            if self.random.often(750) {
                path += &self.key(Kind::Object);
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
    fn binding(&mut self, kind: Kind, depth: usize, write: impl FnOnce(&mut Self, usize) -> String) -> String {
        self.names += 1;
        let name = format!("$v{}", self.names);
        self.bound.push((name.clone(), kind));
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
        let kind = self.kind();
        if depth == 0 {
            return self.path(kind);
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
                let (path, output) = (self.path(Kind::Object), self.inside(|writer| writer.output(inner)));
                format!("({path} | {output})")
            }
            _ => self.path(kind),
        }
    }

    /// Any number of outputs.
    fn stream(&mut self, depth: usize) -> String {
        let path = self.path(Kind::Array);
        if depth == 0 {
            return format!("{path}[]");
        }
        let inner = depth - 1;
        match self.random.below(14) {
            0 => format!("{path}[]"),
            1 => format!("{path}[]{}", self.key(Kind::Scalar)),
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
                let body = self.binding(Kind::Object, inner, Self::output);
                format!("{path}[] as {body}")
            }
            7 => {
                let body = self.inside(|writer| {
                    let kind = writer.kind();
                    let key = writer.key(kind);
                    let body = writer.binding(kind, inner, Self::stream);
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
                _ => self.path(Kind::Scalar),
            };
        }
        let inner = depth - 1;
        match self.random.below(12) {
            0 => format!("({} {} {})", self.value(inner), self.random.pick(&["+", "-", "/", "%"]), self.value(inner)),
            // A string times a large number is a string that fits nowhere.
            1 => format!("({} * {})", self.value(inner), self.random.pick(&["2", "1.5", "-1", "0"])),
            2 => format!("-({})", self.value(inner)),
            3 | 4 => {
                let kind = self.kind();
                format!("({} | length)", self.path(kind))
            }
            5 => format!("({})", self.condition(inner)),
            6 => {
                let (condition, then, otherwise) = (self.condition(inner), self.value(inner), self.value(inner));
                format!("(if {condition} then {then} else {otherwise} end)")
            }
            7 => format!("({} // {})", self.value(inner), self.value(inner)),
            8 => {
                let kind = self.kind();
                format!("({} | type)", self.path(kind))
            }
            9 => {
                let (path, value) = (self.path(Kind::Object), self.inside(|writer| writer.value(inner)));
                format!("({path} | {value})")
            }
            _ => self.value(0),
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        let (inner, kind) = (depth.saturating_sub(1), self.kind());
        match self.random.below(11) {
            0..=3 => format!("{} {} {}", self.value(inner), self.random.pick(COMPARISONS), self.value(inner)),
            4 if depth > 0 => format!("({} and {})", self.condition(inner), self.condition(inner)),
            5 if depth > 0 => format!("({} or {})", self.condition(inner), self.condition(inner)),
            6 => format!("({} | not)", self.path(kind)),
            7 => {
                let function = self.random.pick::<&str>(&["startswith", "endswith"]);
                format!("({} | {function}(\"{}\"))", self.path(Kind::Scalar), self.random.pick(STRINGS))
            }
            8 => format!("({} | type == \"{}\")", self.path(kind), self.random.pick(&["string", "object", "number"])),
            9 => {
                let named = self.random.pick::<&str>(&["string", "number", "array", "object", "boolean"]);
                format!("({} | is{named})", self.path(kind))
            }
            _ => self.path(kind),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.random.below(9) {
            0 | 1 => {
                let (first, second) = (self.value(depth.min(1)), self.path(Kind::Scalar));
                format!("\"{}\\({first})-\\({second})\"", self.random.pick(STRINGS))
            }
            2 | 3 => {
                let (first, second) = (self.path(Kind::Scalar), self.path(Kind::Scalar));
                format!("({first} + \"{}\" + {second})", self.random.pick(STRINGS))
            }
            4 => format!("({} | tostring)", self.path(Kind::Scalar)),
            5 if !self.sane => format!("({} | join(\"{}\"))", self.path(Kind::Array), self.random.pick(STRINGS)),
            6 => {
                let stream = self.stream(depth.min(1));
                format!("([{stream}] | join(\"{}\"))", self.random.pick(STRINGS))
            }
            7 => {
                let (path, key) = (self.path(Kind::Array), self.key(Kind::Scalar));
                format!("({path} | map({key}) | join(\"{}\"))", self.random.pick(STRINGS))
            }
            _ => format!("\"{}\"", self.random.pick(STRINGS)),
        }
    }
}
