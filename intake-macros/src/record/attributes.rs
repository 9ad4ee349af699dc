//! serde's attributes, as far as they say what is read, and our own.

use super::case::Case;
use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, DeriveInput, Field, LitStr, Path, Result, Token, parenthesized};

/// What stands on the type.
pub(super) struct Container {
    /// The facade.
    pub(super) facade: TokenStream,
    /// Keys that are not wanted.
    pub(super) ignored: Vec<String>,
    /// `rename_all`
    pub(super) case: Case,
    /// `default`
    pub(super) has_default: bool,
    /// `transparent`
    pub(super) is_transparent: bool,
    /// Whether something else is read and then converted.
    pub(super) is_opaque: bool,
}

impl Container {
    pub(super) fn of(input: &DeriveInput) -> Result<Self> {
        let mut container = Self {
            facade: quote!(::intake),
            ignored: Vec::new(),
            case: Case::None,
            has_default: false,
            is_transparent: false,
            is_opaque: false,
        };
        for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("intake")) {
            attribute.parse_nested_meta(|meta| container.own(&meta))?;
        }
        let understood = serde(&input.attrs, |meta| container.serde(meta));
        container.is_opaque |= !understood;
        Ok(container)
    }

    fn own(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("crate") {
            let path: Path = meta.value()?.parse()?;
            self.facade = quote!(#path);
            return Ok(());
        }
        if meta.path.is_ident("ignore") {
            let keys;
            parenthesized!(keys in meta.input);
            let keys = keys.parse_terminated(<LitStr as syn::parse::Parse>::parse, Token![,])?;
            self.ignored.extend(keys.iter().map(LitStr::value));
            return Ok(());
        }
        Err(meta
            .error("there are `ignore(\"key\", …)`, for keys of the manifest that are not wanted, and `crate = path`"))
    }

    /// Whether the attribute is known to serde's derive.
    fn serde(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        let name = name(meta);
        match name.as_str() {
            "rename_all" => match deserialized(meta)?.map(|case| Case::named(&case)) {
                Some(Some(case)) => self.case = case,
                Some(None) => return Ok(false),
                None => {}
            },
            "default" => {
                skip(meta)?;
                self.has_default = true;
            }
            "transparent" => self.is_transparent = true,
            "rename" | "deny_unknown_fields" | "bound" | "crate" | "expecting" | "into" => skip(meta)?,
            // `from`, `try_from`, `remote`, `tag`, `content`, `untagged`, …
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// What stands on a field.
pub(super) struct OfField {
    /// `rename`
    pub(super) rename: Option<String>,
    /// `alias`
    pub(super) aliases: Vec<String>,
    /// `default`
    pub(super) has_default: bool,
    /// `flatten`
    pub(super) flatten: bool,
    /// `skip`
    pub(super) skip: bool,
    /// Whether a function reads it.
    pub(super) is_opaque: bool,
    /// `unchecked`
    pub(super) is_unchecked: bool,
    /// Whether all of serde's attributes are known.
    pub(super) is_understood: bool,
}

impl OfField {
    pub(super) fn of(field: &Field) -> Result<Self> {
        let mut attributes = Self {
            rename: None,
            aliases: Vec::new(),
            has_default: false,
            flatten: false,
            skip: false,
            is_opaque: false,
            is_unchecked: false,
            is_understood: true,
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("intake")) {
            attribute.parse_nested_meta(|meta| {
                attributes.is_unchecked |= meta.path.is_ident("unchecked");
                let wrong = "on a field there is `unchecked`; `ignore(…)` belongs on the type: it is about keys that no field takes";
                if meta.path.is_ident("unchecked") { Ok(()) } else { Err(meta.error(wrong)) }
            })?;
        }
        attributes.is_understood = serde(&field.attrs, |meta| attributes.serde(meta));
        Ok(attributes)
    }

    fn serde(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        let name = name(meta);
        match name.as_str() {
            "rename" => self.rename = deserialized(meta)?.or(self.rename.take()),
            "alias" => self.aliases.push(meta.value()?.parse::<LitStr>()?.value()),
            "default" => {
                skip(meta)?;
                self.has_default = true;
            }
            "flatten" => self.flatten = true,
            "skip" | "skip_deserializing" => self.skip = true,
            "with" | "deserialize_with" => {
                skip(meta)?;
                self.is_opaque = true;
            }
            "skip_serializing" | "skip_serializing_if" | "serialize_with" | "getter" | "borrow" | "bound" => {
                skip(meta)?
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads serde's attributes; whether all of them are known. Those that are not correct serde's own derive reports.
fn serde(attributes: &[Attribute], mut read: impl FnMut(&ParseNestedMeta<'_>) -> Result<bool>) -> bool {
    let mut all = true;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if read(&meta)? {
                return Ok(());
            }
            all = false;
            skip(&meta)
        });
        all &= parsed.is_ok();
    }
    all
}

fn name(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

/// `= "name"` or `(serialize = "…", deserialize = "name")`: the name that is read, if it says one.
fn deserialized(meta: &ParseNestedMeta<'_>) -> Result<Option<String>> {
    if meta.input.peek(Token![=]) {
        return Ok(Some(meta.value()?.parse::<LitStr>()?.value()));
    }
    let mut found = None;
    meta.parse_nested_meta(|part| {
        let name: LitStr = part.value()?.parse()?;
        if part.path.is_ident("deserialize") {
            found = Some(name.value());
        }
        Ok(())
    })?;
    Ok(found)
}

/// Passes over `= …` or `(…)`.
fn skip(meta: &ParseNestedMeta<'_>) -> Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}
