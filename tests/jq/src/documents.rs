//! Documents that hit a program, with all that is odd in JSON, and what is none.

use crate::inputs::{self, SCALARS, WRITTEN};
use crate::random::Random;
use crate::shape::{Place, PlaceId, ROOT, Shape};

const USUAL: &[&str] = &["0", "1", "2", "3", "-1", "1.5", "\"a\"", "\"b\"", "\"active\"", "\"x y\"", "true", "false"];
/// What a program that computes can compute with, or puts together: documents that hold but one kind.
const NUMBERS: &[&str] = &["0", "1", "2", "3", "-1", "1.5"];
const STRINGS: &[&str] = &["\"a\"", "\"b\"", "\"active\"", "\"x y\"", "\"\""];
const ODD: &[&str] = &[
    "-0",
    "-0.0",
    "0e1",
    "1E+5",
    "1e-7",
    "1e400",
    "-1e400",
    "1E400",
    "0.1",
    "1.0",
    "2.50",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "123456789012345678901234567890",
    "3.141592653589793238462643",
    "\"\\ud800\"",
    "\"\\udc00x\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ud83d\\ude00\"",
    "\"\\u0061\"",
    "\"\\/\\b\\f\"",
    "\"\\n\\r\\t\\\\\\\"\"",
    "\"\\u0000\\u001f\u{7f}\"",
    "\"\u{e9}\u{1f600}\"",
    "\"\u{2028}\"",
    "\"longer than a block of sixteen\"",
    "\"1e1000\"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "{\"a\":{}}",
];
const SPACES: &[&str] = &[" ", "\n", "\n        ", "\t", "\r\n", "  \t\r\n "];
/// Around where blocks of brackets end, where walks over bytes end, and where values end.
const DEPTHS: &[usize] = &[5, 63, 64, 65, 127, 128, 250, 255, 256, 257, 509, 510, 511, 512, 513, 1_000];

/// How often of a thousand times something odd happens.
#[derive(Clone, Copy, Debug)]
struct Odds {
    /// What scalars are where nothing odd happens.
    usual: &'static [&'static str],
    missing: usize,
    null: usize,
    wrong: usize,
    odd: usize,
    twice: usize,
    escaped: usize,
    extra: usize,
    space: usize,
    deep: usize,
    broken: usize,
}

impl Odds {
    /// A document as vendors send them: most programs can do something with it.
    fn mild(random: &mut Random) -> Self {
        let usual = *random.pick(&[USUAL, NUMBERS, STRINGS]);
        Self {
            usual,
            missing: 20,
            null: 0,
            wrong: 0,
            odd: 0,
            twice: 0,
            escaped: 0,
            extra: 150,
            space: 0,
            deep: 0,
            broken: 0,
        }
    }

    fn random(random: &mut Random) -> Self {
        let usual = Self::mild(random);
        match random.below(20) {
            0..=7 => usual,
            8 => Self { missing: 300, ..usual },
            9 => Self { null: 250, ..usual },
            10 => Self { wrong: 150, ..usual },
            11 => Self { odd: 400, ..usual },
            12 => Self { twice: 150, ..usual },
            13 => Self { escaped: 150, ..usual },
            14 => Self { extra: 800, ..usual },
            15 => Self { space: 700, ..usual },
            16 => Self { broken: 1_000, space: 30, ..usual },
            17 => Self { deep: 6, space: 20, ..usual },
            18 => Self { odd: 100, null: 50, space: 300, ..usual },
            _ => Self {
                missing: 100,
                null: 60,
                wrong: 60,
                odd: 100,
                twice: 60,
                escaped: 40,
                extra: 200,
                space: 100,
                deep: 1,
                broken: 150,
                ..usual
            },
        }
    }
}

/// A document for a program.
pub fn document(shape: &Shape, random: &mut Random) -> Vec<u8> {
    let odds = Odds::random(random);
    let mut writer = Writer { shape, odds, random, json: String::new() };
    writer.value(ROOT, 0);
    writer.space();
    let broken = writer.random.often(odds.broken);
    let mut document = writer.json.into_bytes();
    for _ in 0..if broken { 1 + random.below(2) } else { 0 } {
        damage(&mut document, random);
    }
    document
}

struct Writer<'a> {
    shape: &'a Shape,
    odds: Odds,
    random: &'a mut Random,
    json: String,
}

impl Writer<'_> {
    fn space(&mut self) {
        if self.random.often(self.odds.space) {
            self.json += self.random.pick::<&str>(SPACES);
        }
    }

    fn value(&mut self, place: PlaceId, depth: usize) {
        self.space();
        let place = self.shape.at(place);
        if self.random.often(self.odds.null) {
            self.json += "null";
        } else if self.random.often(self.odds.wrong) {
            self.any(2);
        } else if self.random.often(self.odds.deep) {
            self.deep();
        } else if depth > 8 {
            self.scalar(place);
        } else {
            self.expected(place, depth);
        }
        self.space();
    }

    /// What the program looks for.
    fn expected(&mut self, place: &Place, depth: usize) {
        match (place.keys.is_empty(), place.each) {
            (true, None) => self.scalar(place),
            (true, Some(each)) => self.array(each, depth),
            (false, Some(each)) if self.random.often(500) => self.array(each, depth),
            _ => self.object(place, depth),
        }
    }

    fn any(&mut self, depth: usize) {
        let any = inputs::random(self.random, depth);
        self.json += &any;
    }

    fn deep(&mut self) {
        let depth = *self.random.pick(DEPTHS);
        let object = self.random.often(300);
        let (open, close) = if object { ("{\"a\":", "}") } else { ("[", "]") };
        self.json += &open.repeat(depth);
        self.json += if object { "1" } else { "" };
        self.json += &close.repeat(depth);
    }

    fn scalar(&mut self, place: &Place) {
        if !place.hints.is_empty() && self.random.often(500) {
            let hint = self.random.pick(&place.hints);
            self.json += hint;
        } else if self.random.often(self.odds.odd) {
            let odd = if self.random.often(800) { ODD } else { &WRITTEN[..SCALARS] };
            self.json += self.random.pick::<&str>(odd);
        } else if self.random.often(20) {
            self.any(2);
        } else {
            self.json += self.random.pick::<&str>(self.odds.usual);
        }
    }

    fn array(&mut self, each: PlaceId, depth: usize) {
        self.json.push('[');
        let count = if self.random.often(20) { 9 } else { self.random.below(4) };
        // Objects that look alike are common, and kept in another way than others.
        let alike = self.random.often(300);
        let mut first: Option<String> = None;
        for index in 0..count {
            if index > 0 {
                self.json.push(',');
            }
            let start = self.json.len();
            match &first {
                Some(first) if alike => self.json += first,
                _ => self.value(each, depth + 1),
            }
            first.get_or_insert_with(|| self.json[start..].to_owned());
        }
        if count == 0 {
            self.space();
        }
        self.json.push(']');
    }

    fn object(&mut self, place: &Place, depth: usize) {
        self.json.push('{');
        self.space();
        let mut keys: Vec<_> = place.keys.iter().filter(|_| !self.random.often(self.odds.missing)).collect();
        let turn = self.random.below(keys.len());
        keys.rotate_left(turn);
        let mut first = true;
        for (key, under) in keys {
            self.extra(&mut first);
            self.member(key, *under, depth, &mut first);
            if self.random.often(self.odds.twice) {
                self.member(key, *under, depth, &mut first);
            }
        }
        self.extra(&mut first);
        self.json.push('}');
    }

    /// Members that nothing looks for.
    fn extra(&mut self, first: &mut bool) {
        if !self.random.often(self.odds.extra) {
            return;
        }
        let count = if self.random.often(10) { 70 } else { 1 };
        let key = *self.random.pick(&["body", "x", "other", "idx", "", "a long key of its own"]);
        for index in 0..count {
            self.key(&if count > 1 { format!("{key}{index}") } else { key.to_owned() }, first);
            let depth = self.random.below(2);
            self.any(depth);
        }
    }

    fn member(&mut self, key: &str, under: PlaceId, depth: usize, first: &mut bool) {
        self.key(key, first);
        self.value(under, depth + 1);
    }

    fn key(&mut self, key: &str, first: &mut bool) {
        if !std::mem::replace(first, false) {
            self.json.push(',');
        }
        self.space();
        self.json.push('"');
        let escaped = self.random.often(self.odds.escaped);
        for character in key.chars() {
            if escaped && self.random.often(500) && u32::from(character) < 0x10000 {
                self.json += &format!("\\u{:04x}", u32::from(character));
            } else if matches!(character, '"' | '\\') {
                self.json.extend(['\\', character]);
            } else if character < ' ' {
                self.json += &format!("\\u{:04x}", u32::from(character));
            } else {
                self.json.push(character);
            }
        }
        self.json.push('"');
        self.space();
        self.json.push(':');
    }
}

/// Changes some bytes: what is left may be JSON still.
fn damage(document: &mut Vec<u8>, random: &mut Random) {
    const BYTES: &[u8] = b"{}[],:\"\\ -+.0e1tnfu\n\x00\x1f\x7f\xff\xc3";
    const TRAILS: &[&[u8]] =
        &[b" x", b",", b"]", b"}", b"null", b"\x00", b"//", b"#", b"\xef\xbb\xbf", b"\xa0", b"\x0c"];
    let (at, other) = (random.below(document.len() + 1), random.below(document.len() + 1));
    match random.below(8) {
        0 => document.truncate(at),
        1 => document.insert(at, *random.pick(BYTES)),
        2 if at < document.len() => document[at] = *random.pick(BYTES),
        3 if at < document.len() => _ = document.remove(at),
        4 => document.extend_from_slice(random.pick::<&[u8]>(TRAILS)),
        5 => _ = document.splice(0..0, random.pick::<&[u8]>(TRAILS).iter().copied()),
        6 => *document = inputs::random(random, 3).into_bytes(),
        _ => {
            let part = document[at.min(other)..at.max(other)].to_vec();
            document.splice(at..at, part);
        }
    }
}
