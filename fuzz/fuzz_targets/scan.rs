//! The walk over a document's bytes against the reader of trees, and its blocks against their safe twin.
#![no_main]

use intake_runtime::scan::{Cursor, DEPTH, Keeper, no_digit_bytes, no_space_bytes, special_bytes, swar};
use intake_runtime::value::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| {
    for block in document.chunks_exact(16) {
        let block = block.try_into().unwrap();
        assert_eq!(special_bytes(block), swar::special(block));
        assert_eq!(no_digit_bytes(block), swar::no_digits(block));
        assert_eq!(no_space_bytes(block), swar::no_spaces(block));
    }
    let skipped = Cursor::new(document).and_then(|mut cursor| {
        cursor.skip()?;
        cursor.end()
    });
    // What is printed from a tree is read again, and so would hide what was passed over by mistake.
    let passed = Cursor::new(document).and_then(|mut cursor| {
        cursor.keep(&mut Keeper::new())?;
        cursor.end()
    });
    assert_eq!(skipped.is_ok(), passed.is_ok());
    let mut keeper = Keeper::new();
    let kept = Cursor::new(document).and_then(|mut cursor| {
        let kept = cursor.keep(&mut keeper)?;
        cursor.end()?;
        let mut out = Vec::new();
        kept.print(&mut out).map(|()| out)
    });
    assert_eq!(skipped.is_ok(), kept.is_ok());
    match (Value::from_json(document), kept) {
        (Ok(tree), Ok(printed)) => assert_eq!(printed, tree.to_json()),
        (Err(_), Err(_)) => {}
        (tree, kept) => {
            let deep = document.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() > DEPTH;
            assert!(deep && tree.is_ok() && kept.is_err(), "{tree:?}, {kept:?}");
        }
    }
});
