//! What is needed of the document.

use proc_macro2::{Ident, TokenStream};
use quote::format_ident;
use std::collections::BTreeMap;

/// The number of a [`Place`].
pub(super) type PlaceId = usize;

/// A value of the document that something is needed of.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The places that are read together with this one.
    pub scope: usize,
    /// Whether it is kept.
    pub kept: bool,
    /// What is under its keys. It then is an object, or null.
    pub keys: BTreeMap<String, PlaceId>,
    /// What is done with its elements. It then is an array, or null.
    pub items: Option<Items>,
}

/// What is done with the elements of an array while it is walked over.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    /// The place of an element and what is printed for each.
    pub stream: Option<Stream>,
    /// The elements that are read: from 0, or -1 for the last.
    pub at: BTreeMap<i32, PlaceId>,
    /// Whether they are counted.
    pub counted: bool,
}

impl Items {
    /// Whether the array has to be walked over for them.
    pub(super) fn walked(&self) -> bool {
        self.stream.is_some() || !self.at.is_empty()
    }
}

/// What is printed for each element.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// An element.
    pub element: PlaceId,
    /// The variable of where the output begins.
    pub mark: Ident,
    /// The code.
    pub code: TokenStream,
}

/// All places.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    places: Vec<Place>,
    scopes: usize,
    /// Whether keys of the body are read as `.body.key`: then it has to be an object. As `.key` they are missing from
    /// any other body.
    pub strict: bool,
}

/// The scope of the document's own places.
pub(super) const DOCUMENT: usize = 0;
/// The document's own place.
pub(super) const ROOT: PlaceId = 0;

impl Plan {
    pub(super) fn new() -> Self {
        Self { places: vec![Place::default()], scopes: 1, strict: false }
    }

    pub(super) fn at(&self, place: PlaceId) -> &Place {
        &self.places[place]
    }

    pub(super) fn at_mut(&mut self, place: PlaceId) -> &mut Place {
        &mut self.places[place]
    }

    /// What is under a key.
    pub(super) fn key(&mut self, place: PlaceId, key: &str) -> PlaceId {
        if let Some(known) = self.places[place].keys.get(key) {
            return *known;
        }
        let scope = self.places[place].scope;
        let new = self.push(scope);
        self.places[place].keys.insert(key.to_owned(), new);
        new
    }

    /// The element there.
    pub(super) fn item(&mut self, place: PlaceId, at: i32) -> PlaceId {
        if let Some(known) = self.places[place].items.as_ref().and_then(|items| items.at.get(&at)) {
            return *known;
        }
        let new = self.scope();
        self.places[place].items.get_or_insert_default().at.insert(at, new);
        new
    }

    /// The outermost place of a new scope.
    pub(super) fn scope(&mut self) -> PlaceId {
        let scope = self.scopes;
        self.scopes += 1;
        self.push(scope)
    }

    fn push(&mut self, scope: usize) -> PlaceId {
        self.places.push(Place { scope, ..Place::default() });
        self.places.len() - 1
    }

    /// The places of a scope, from its outermost.
    pub(super) fn below(&self, place: PlaceId) -> Vec<PlaceId> {
        let mut all = vec![place];
        let mut next = 0;
        while let Some(place) = all.get(next) {
            all.extend(self.places[*place].keys.values());
            next += 1;
        }
        all
    }
}

/// The variable of a kept value.
pub(super) fn slot(place: PlaceId) -> Ident {
    format_ident!("kept_{place}")
}

/// The variable of the element there.
pub(super) fn element(place: PlaceId, at: i32) -> Ident {
    if at < 0 { format_ident!("last_{place}") } else { format_ident!("element_{place}_{at}", at = at.unsigned_abs()) }
}

/// The variable of an array's elements.
pub(super) fn items(place: PlaceId) -> Ident {
    format_ident!("items_{place}")
}

/// The variable that says whether a key was met.
pub(super) fn met(place: PlaceId) -> Ident {
    format_ident!("met_{place}")
}

/// The variable of a value's length.
pub(super) fn length(place: PlaceId) -> Ident {
    format_ident!("length_{place}")
}
