//! Laying a program out changes nothing that jaq can see: random programs, with random space and comments.

use intake_compiler::json::Str;
use intake_compiler::source::Span;
use jaq_core::load::{Lexer, Parser};
use jq_test::random::Random;
use jq_test::{programs, text};

fn formatted(code: &str) -> Option<String> {
    let source = Str { value: code.to_owned(), span: Span::new(0, code.len() + 2), map: vec![(0, 1)] };
    intake_compiler::fmt::program(&source)
}

/// The term that jaq reads.
fn term(code: &str) -> String {
    let tokens = Lexer::new(code).lex().unwrap_or_else(|errors| panic!("{errors:?} in {code}"));
    format!("{:?}", Parser::new(&tokens).parse(|parser| parser.term()).unwrap_or_else(|_| panic!("{code}")))
}

/// The program with its space outside strings replaced, and some put where it may be.
fn noisy(code: &str, random: &mut Random) -> String {
    const SPACES: &[&str] = &[" ", "  ", "\n", "\t", " # a \"note\n", " # b \\\n c\n"];
    let (mut out, mut in_string, mut escaped) = (String::new(), false, false);
    for c in code.chars() {
        match c {
            ' ' if !in_string => out.push_str(random.pick::<&str>(SPACES)),
            '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|' if !in_string && random.below(4) == 0 => {
                // `|=` and `\(` are one token each.
                out.push_str(if c == '|' { "" } else { random.pick::<&str>(SPACES) });
                out.push(c);
            }
            _ => out.push(c),
        }
        in_string ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
    }
    out
}

#[test]
fn random_programs_stay_the_same_programs() {
    let cases: u64 = std::env::var("JQ_INTERPRETED").ok().and_then(|count| count.parse().ok()).unwrap_or(3_000);
    let mut changed = 0;
    for case in 0..cases {
        let mut random = Random::new(case.wrapping_mul(7_919));
        let depth = 1 + random.below(4);
        let plain = programs::random(&mut random, depth)
            .replace("$__intake_0", "${subdomain}")
            .replace("$__intake_1", "${ resource::id }");
        // The inside of an interpolation is no place for noise: its quotes are not followed.
        let code = if plain.contains("\\(") { plain } else { noisy(&plain, &mut random) };
        let Ok(before) = text::parse(&code) else { continue };
        let once = formatted(&code).unwrap_or_else(|| panic!("{code} is not read"));
        let after = text::parse(&once).unwrap_or_else(|error| panic!("{error} in {once}\nwas {code}"));
        assert_eq!(term(&after.code), term(&before.code), "{code}\nbecame {once}");
        assert_eq!(after.variables.len(), before.variables.len());
        assert_eq!(formatted(&once).as_deref(), Some(once.as_str()), "{code}");
        changed += u64::from(once != code);
    }
    assert!(changed * 2 > cases, "{changed} of {cases} programs were laid out otherwise");
}

#[test]
fn the_corpus_stays_the_same() {
    for code in text::programs(include_str!("../corpus.jq")) {
        let once = formatted(&code).unwrap_or_else(|| panic!("{code} is not read"));
        let (Ok(before), Ok(after)) = (text::parse(&code), text::parse(&once)) else { panic!("{code}\nbecame {once}") };
        assert_eq!(term(&after.code), term(&before.code), "{code}\nbecame {once}");
        assert_eq!(formatted(&once), Some(once));
    }
}
