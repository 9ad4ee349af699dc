//! Rust names for the names of a manifest: the one place that knows how they are made.

/// The keywords of Rust 2024, reserved ones included, in alphabetical order.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The name of a type: `repository.push` is `RepositoryPush`; `None` if no letter or digit of ASCII is in it.
#[must_use]
pub fn type_name(name: &str) -> Option<String> {
    let mut made = String::new();
    for word in words(name) {
        // `a.1.1` must not become the `A11` of `a.11`.
        if made.ends_with(|c: char| c.is_ascii_digit()) && word.starts_with(|c: char| c.is_ascii_digit()) {
            made.push('_');
        }
        let mut letters = word.chars();
        made.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        made.push_str(letters.as_str());
    }
    (!made.is_empty()).then(|| legal(made))
}

/// The name of a module: `repository.push` is `repository_push`; `None` if no letter or digit of ASCII is in it.
#[must_use]
pub fn module_name(name: &str) -> Option<String> {
    let made = words(name).join("_");
    (!made.is_empty()).then(|| legal(made))
}

/// The name of a field: `dropdown-input-1` is `dropdown_input_1`; `field` if nothing of `name` can be kept.
#[must_use]
pub fn field_name(name: &str) -> String {
    match module_name(name) {
        // `_id` beside `id` is common, and not the same.
        Some(made) if name.starts_with('_') && !made.starts_with('_') => format!("_{made}"),
        Some(made) => made,
        None => "field".to_owned(),
    }
}

/// The words of a name in lower case: cut at everything but ASCII letters and digits, and where camel case begins a
/// word.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for chunk in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let bytes = chunk.as_bytes();
        let mut start = 0;
        for at in 1..bytes.len() {
            let after_lower = !bytes[at - 1].is_ascii_uppercase();
            let before_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            if bytes[at].is_ascii_uppercase() && (after_lower || before_lower) {
                words.push(chunk[start..at].to_ascii_lowercase());
                start = at;
            }
        }
        if start < chunk.len() {
            words.push(chunk[start..].to_ascii_lowercase());
        }
    }
    words
}

fn legal(name: String) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else if KEYWORDS.binary_search(&name.as_str()).is_ok() {
        format!("{name}_")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, field_name, module_name, type_name};

    #[test]
    fn names_of_types_and_modules() {
        for (name, of_type, of_module) in [
            ("repository.push", "RepositoryPush", "repository_push"),
            ("historical-sync", "HistoricalSync", "historical_sync"),
            ("importCSVFiles", "ImportCsvFiles", "import_csv_files"),
            ("HTTP_SERVER", "HttpServer", "http_server"),
            ("v2Events", "V2Events", "v2_events"),
            ("a.1.1", "A1_1", "a_1_1"),
            ("2fa", "_2fa", "_2fa"),
            ("self", "Self_", "self_"),
            ("match", "Match", "match_"),
            ("  café — crème ", "CafCrMe", "caf_cr_me"),
        ] {
            assert_eq!(type_name(name).as_deref(), Some(of_type), "{name}");
            assert_eq!(module_name(name).as_deref(), Some(of_module), "{name}");
        }
        assert_eq!(type_name("…"), None);
        assert_eq!(module_name(""), None);
    }

    #[test]
    fn names_of_fields() {
        for (name, field) in [
            ("dropdown-input-1", "dropdown_input_1"),
            ("_id", "_id"),
            ("_1", "_1"),
            ("1st", "_1st"),
            ("type", "type_"),
            ("createdAt", "created_at"),
            ("日本", "field"),
        ] {
            assert_eq!(field_name(name), field, "{name}");
        }
    }

    #[test]
    fn every_name_is_an_identifier() {
        assert!(KEYWORDS.is_sorted());
        for word in KEYWORDS.iter().copied().chain(["_", "a b", "9", "-x-", "É", "created[gte]"]) {
            let names = [Some(field_name(word)), type_name(word), module_name(word)];
            for name in names.into_iter().flatten() {
                assert!(syn::parse_str::<syn::Ident>(&name).is_ok(), "{word} gave {name}");
            }
        }
    }
}
