//! What `docs/cli.md` shows is what the command prints. `UPDATE_DOCS=1 cargo test -p intake-cli --test docs` writes it.

mod common;

use common::{Folder, intake_in, root, text};

/// What a line of a console prints, in a folder.
fn printed(folder: &Folder, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["cat", file] => folder.read(file),
        ["intake", arguments @ ..] => {
            let output = intake_in(folder.path(), arguments, "");
            format!("{}{}", text(&output.stdout), text(&output.stderr))
        }
        other => panic!("{other:?} is no command of the page"),
    }
}

/// The page with every console filled in anew.
fn filled(page: &str) -> String {
    let snippet = std::fs::read_to_string(root().join("intake-compiler/tests/snippets/request.txt")).unwrap();
    let folder = Folder::new(&[("contacts.json", &snippet)]);
    let mut parts = page.split("```console\n");
    let mut filled = parts.next().unwrap().to_owned();
    for part in parts {
        let (console, rest) = part.split_once("```").unwrap();
        filled.push_str("```console\n");
        for line in console.lines().filter_map(|line| line.strip_prefix("$ ")) {
            filled.push_str(&format!("$ {line}\n{}", printed(&folder, line)));
            if !filled.ends_with('\n') {
                filled.push('\n');
            }
        }
        filled.push_str("```");
        filled.push_str(rest);
    }
    filled
}

#[test]
fn the_page_shows_what_is_printed() {
    let path = root().join("docs/cli.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let filled = filled(&page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &filled).unwrap();
    }
    assert!(page == filled || std::env::var_os("UPDATE_DOCS").is_some(), "docs/cli.md should be\n{filled}");
}
