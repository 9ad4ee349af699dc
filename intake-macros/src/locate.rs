//! Where the manifest is: beside the calling file, else below the package's root.

use proc_macro2::TokenStream;
use quote::quote;
use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};
use syn::LitStr;

/// A manifest that was found.
pub(crate) struct Manifest {
    /// Its path as messages show it.
    pub(crate) shown: String,
    /// Its text.
    pub(crate) text: String,
    /// Tokens that make an edit of it rebuild the crate.
    pub(crate) dependency: TokenStream,
}

/// Reads the manifest that `literal` names, seen from the file that `literal` stands in.
pub(crate) fn manifest(literal: &LitStr) -> Result<Manifest, String> {
    let given = literal.value();
    let beside = literal.span().unwrap().local_file().and_then(|file| Some(file.parent()?.join(&given)));
    let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let below = root.as_ref().map(|root| root.join(&given));
    if let Some(path) = beside.as_deref().filter(|path| path.is_file()) {
        return read(path, quote!(#given));
    }
    if let Some(path) = below.as_deref().filter(|path| path.is_file()) {
        let below_root = format!("/{given}");
        return read(path, quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #below_root)));
    }
    let tried = [beside, below].into_iter().flatten().map(|path| format!("`{}`", shown(&path)));
    let tried = tried.collect::<Vec<_>>().join(" nor ");
    Err(format!("cannot find the manifest {given:?}: there is neither {tried}"))
}

fn read(path: &Path, included: TokenStream) -> Result<Manifest, String> {
    let shown = shown(path);
    let bytes = fs::read(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        format!(
            "{shown} is not UTF-8: byte {} is invalid; save the manifest as UTF-8",
            error.utf8_error().valid_up_to()
        )
    })?;
    let dependency = quote!(
        const _: &[::core::primitive::u8] = ::core::include_bytes!(#included);
    );
    Ok(Manifest { shown, text, dependency })
}

/// The path from where the compiler runs, without `..` where it can be had.
fn shown(path: &Path) -> String {
    let path = env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(clean.components().next_back(), Some(Component::Normal(_))) => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean.to_string_lossy().replace('\\', "/")
}
