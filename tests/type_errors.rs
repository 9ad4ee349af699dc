//! What rustc says of a program that takes a manifest's records or state for something else.

#[test]
fn rustc_shows_the_line_and_the_manifest() {
    trybuild::TestCases::new().compile_fail("tests/type_errors/*.rs");
}
