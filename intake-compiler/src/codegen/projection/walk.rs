//! The code that walks over the document and keeps what the plan says.

use super::emit::Emitter;
use super::plan::{self, PlaceId, ROOT, Stream};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

impl Emitter<'_> {
    pub(super) fn read_root(&mut self) -> TokenStream {
        let cursor = self.name("cursor");
        let read = self.read_scope(ROOT, &cursor);
        quote! {
            let mut #cursor = rt::scan::Cursor::new(document)?;
            #read
            #cursor.end()?;
        }
    }

    /// Reads all places of a scope.
    pub(super) fn read_scope(&mut self, outermost: PlaceId, cursor: &Ident) -> TokenStream {
        let places = self.plan.below(outermost);
        let declared: TokenStream = places.iter().map(|place| self.declare(*place)).collect();
        let read = self.read(outermost, cursor);
        let after: TokenStream = places.iter().map(|place| self.after(*place, outermost)).collect();
        quote!(#declared #read #after)
    }

    /// Whether a place is kept; one that is only counted is.
    fn is_kept(&self, place: PlaceId) -> bool {
        let place = self.plan.at(place);
        place.kept || place.items.as_ref().is_some_and(|items| !items.walked())
    }

    /// Whether what is in a place is looked at.
    fn is_open(&self, place: PlaceId) -> bool {
        let place = self.plan.at(place);
        !place.keys.is_empty() || place.items.as_ref().is_some_and(plan::Items::walked)
    }

    fn declare(&self, place: PlaceId) -> TokenStream {
        let slot = self.is_kept(place).then(|| {
            let slot = plan::slot(place);
            quote!(let mut #slot = rt::scan::Slot::new();)
        });
        let met = self.is_open(place).then(|| {
            let met = plan::met(place);
            quote!(let mut #met = false;)
        });
        let walked = self.plan.at(place).items.as_ref().filter(|items| items.walked());
        let items = walked.map(|items| {
            let elements = items.at.keys().map(|at| {
                let element = plan::element(place, *at);
                quote!(let mut #element: &[rt::u8] = b"null";)
            });
            let items = plan::items(place);
            quote!(let mut #items = rt::scan::Items::new(); #(#elements)*)
        });
        quote!(#slot #met #items)
    }

    /// Reads a value.
    fn read(&mut self, place: PlaceId, cursor: &Ident) -> TokenStream {
        let slot = plan::slot(place);
        match (self.is_kept(place), self.is_open(place)) {
            (false, false) => quote!(#cursor.skip()?;),
            (true, false) => quote!(#slot.fill(#cursor.keep(keeper)?)?;),
            (true, true) => {
                let inner = self.name("cursor");
                let open = self.open(place, &inner);
                quote! {
                    #slot.fill(#cursor.keep(keeper)?)?;
                    let mut #inner = #slot.get().cursor()?;
                    #open
                }
            }
            (false, true) => self.open(place, cursor),
        }
    }

    /// Reads what is in a value.
    fn open(&mut self, place: PlaceId, cursor: &Ident) -> TokenStream {
        let known = self.plan.at(place).clone();
        let items = known.items.filter(plan::Items::walked);
        // The elements of an object are no business of this code. Of an array the input has no other key than `body`.
        let object = (items.is_none()).then(|| self.read_keys(place, cursor));
        let object = object.map(|read| quote!(b'{' => { #read }));
        let array = items.as_ref().filter(|_| known.keys.is_empty() || place == ROOT && !self.plan.strict);
        let array = array.map(|items| self.read_items(place, items, cursor)).map(|read| quote!(b'[' => { #read }));
        let null = items.is_none_or(|items| items.stream.is_none()).then(|| quote!(b'n' => #cursor.skip()?,));
        let met = plan::met(place);
        quote! {
            rt::scan::once(&mut #met)?;
            match #cursor.token() {
                #object
                #array
                #null
                _ => return rt::Err(rt::scan::Bail),
            }
        }
    }

    fn read_keys(&mut self, place: PlaceId, cursor: &Ident) -> TokenStream {
        let keys: Vec<_> = self.plan.at(place).keys.iter().map(|(key, under)| (key.clone(), *under)).collect();
        let arms: Vec<_> = keys
            .into_iter()
            .map(|(key, under)| {
                let (key, read) = (Literal::byte_string(key.as_bytes()), self.read(under, cursor));
                quote!(#key => { #read })
            })
            .collect();
        quote! {
            if !#cursor.open(b'{', b'}')? {
                loop {
                    match #cursor.key()? {
                        #(#arms)*
                        _ => #cursor.skip()?,
                    }
                    if #cursor.closes(b'}')? {
                        break;
                    }
                }
            }
        }
    }

    fn read_items(&mut self, place: PlaceId, known: &plan::Items, cursor: &Ident) -> TokenStream {
        let items = plan::items(place);
        let (begin, read) = match &known.stream {
            Some(Stream { element, mark, code }) => {
                let read = self.read_scope(*element, cursor);
                (quote!(let #mark = #items.begin(out);), quote!(#read #code))
            }
            None => (TokenStream::new(), quote!(#cursor.skip()?;)),
        };
        let end = known.stream.as_ref().map(|_| quote!(#items.end(out);));
        let remembered: Vec<_> = known
            .at
            .keys()
            .map(|at| {
                let element = plan::element(place, *at);
                match u32::try_from(*at) {
                    Ok(at) => {
                        let at = Literal::u32_unsuffixed(at);
                        quote!(if #items.count() == #at { #element = #cursor.since(from); })
                    }
                    Err(_) => quote!(#element = #cursor.since(from);),
                }
            })
            .collect();
        let from = (!remembered.is_empty()).then(|| quote!(let from = #cursor.mark();));
        quote! {
            #begin
            if !#cursor.open(b'[', b']')? {
                loop {
                    #from
                    #read
                    #(#remembered)*
                    #items.passed();
                    if #cursor.closes(b']')? {
                        break;
                    }
                }
            }
            #end
        }
    }

    /// What is to be known of a place once its scope is read.
    fn after(&mut self, place: PlaceId, outermost: PlaceId) -> TokenStream {
        let Some(known) = self.plan.at(place).items.clone() else { return TokenStream::new() };
        let (items, met) = (plan::items(place), plan::met(place));
        // There is nothing to stream in what is missing: that is an error.
        let streamed = (known.stream.is_some() && place != outermost)
            .then(|| quote!(if !#met { return rt::Err(rt::scan::Bail); }));
        let length = known.counted.then(|| {
            let length = plan::length(place);
            if known.walked() {
                return quote!(let #length = #items.length()?;);
            }
            let slot = plan::slot(place);
            quote!(let #length = #slot.get().length()?;)
        });
        let elements: TokenStream = known
            .at
            .iter()
            .map(|(at, inner)| {
                let (element, cursor) = (plan::element(place, *at), self.name("cursor"));
                let read = self.read_scope(*inner, &cursor);
                quote!(let mut #cursor = rt::scan::Cursor::over(#element); #read)
            })
            .collect();
        quote!(#streamed #length #elements)
    }
}
