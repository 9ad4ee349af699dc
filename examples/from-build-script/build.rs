//! Compiles the manifests before the crate itself.

fn main() {
    intake_build::compile("../../tests/manifests/historical-sync.json");
}
