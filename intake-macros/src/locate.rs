//! Where the manifest is: beside the calling file, else below the package's root.

use intake_compiler::samples::{File, folder};
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
    let (path, root) = find(literal, &given, Path::is_file, "manifest")?;
    read(&path, &included(&given, root))
}

/// The samples of a manifest: in the folder that `named` names, or else in `samples/STEM` beside it, if there is one.
/// With them the tokens that make an edit of one rebuild the crate.
pub(crate) fn samples(manifest: &LitStr, named: Option<&LitStr>) -> Result<(Vec<File>, TokenStream), String> {
    let (path, given, root) = match named {
        Some(named) => {
            let (path, root) = find(named, &named.value(), Path::is_dir, "folder of samples")?;
            (path, named.value(), root)
        }
        None => {
            let given = folder::beside(Path::new(&manifest.value())).to_string_lossy().replace('\\', "/");
            match find(manifest, &given, Path::is_dir, "folder of samples") {
                Ok((path, root)) => (path, given, root),
                // There need not be any.
                Err(_) => return Ok((Vec::new(), TokenStream::new())),
            }
        }
    };
    let files = folder::read(&path, &shown(&path))?;
    let dependencies = files.iter().map(|file| dependency(&included(&format!("{given}/{}", file.path), root)));
    let dependencies = dependencies.collect();
    Ok((files, dependencies))
}

/// What a path is seen from.
#[derive(Clone, Copy)]
enum Root {
    /// The calling file.
    File,
    /// The package.
    Package,
}

/// Looks for what `given` names beside the file that `literal` stands in, then below the package's root.
fn find(literal: &LitStr, given: &str, is: fn(&Path) -> bool, what: &str) -> Result<(PathBuf, Root), String> {
    let beside = literal.span().unwrap().local_file().and_then(|file| Some(file.parent()?.join(given)));
    let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let below = root.as_ref().map(|root| root.join(given));
    if let Some(path) = beside.clone().filter(|path| is(path)) {
        return Ok((path, Root::File));
    }
    if let Some(path) = below.clone().filter(|path| is(path)) {
        return Ok((path, Root::Package));
    }
    let tried = [beside, below].into_iter().flatten().map(|path| format!("`{}`", shown(&path)));
    let tried = tried.collect::<Vec<_>>().join(" nor ");
    Err(format!("cannot find the {what} {given:?}: there is neither {tried}"))
}

/// A path as `include_bytes!` takes it.
fn included(given: &str, root: Root) -> TokenStream {
    match root {
        Root::File => quote!(#given),
        Root::Package => {
            let below_root = format!("/{given}");
            quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #below_root))
        }
    }
}

fn dependency(included: &TokenStream) -> TokenStream {
    quote!(
        const _: &[::core::primitive::u8] = ::core::include_bytes!(#included);
    )
}

fn read(path: &Path, included: &TokenStream) -> Result<Manifest, String> {
    let shown = shown(path);
    let bytes = fs::read(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        format!(
            "{shown} is not UTF-8: byte {} is invalid; save the manifest as UTF-8",
            error.utf8_error().valid_up_to()
        )
    })?;
    Ok(Manifest { shown, text, dependency: dependency(included) })
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
