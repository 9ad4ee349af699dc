//! **What**: a URL goes to a host by `https`, and the host has a domain.
//!
//! **Why**: what is sent by `http` can be read and changed on the way, credentials too. A host of one word is found in
//! the network of the program only; a path was probably meant.
//!
//! **Example**: `http://api.example.com/contacts`, `https://contacts/list`

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{Address, AuthKind, CommandKind};
use crate::source::{Span, Spanned};
use crate::template::{Part, Template};
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    let base = manifest.api.as_ref().and_then(|api| api.base_url.as_ref());
    let of_auth = manifest.auth.iter().filter_map(|method| method.kind.as_ref()).flat_map(auth_urls);
    base.into_iter().chain(of_auth).for_each(|url| check_url(url, sink));
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        if let CommandKind::Http(http) = &command.kind
            && let Some(Address::Url(url)) = &http.address
        {
            check_url(url, sink);
        }
    });
}

fn auth_urls(kind: &AuthKind) -> Vec<&Template> {
    match kind {
        AuthKind::OAuth2(oauth2) => {
            [&oauth2.authorization_base_url, &oauth2.token_url, &oauth2.refresh_url].into_iter().flatten().collect()
        }
        AuthKind::Basic { verify_url } | AuthKind::Token { verify_url, .. } | AuthKind::Session { verify_url, .. } => {
            verify_url.iter().collect()
        }
    }
}

fn check_url(url: &Template, sink: &mut Sink) {
    let Some(Part::Text(start)) = url.parts.first() else { return };
    let Some((scheme, rest)) = start.value.split_once("://") else { return };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    // Whether it does not go on in a variable.
    let is_whole = authority.len() < rest.len() || url.parts.len() == 1 || port.is_some();
    if scheme.eq_ignore_ascii_case("http") && !is_internal(host, is_whole) && !goes_anywhere(url, host, is_whole) {
        sink.push(unencrypted(start, url.span));
    }
    if scheme.eq_ignore_ascii_case("https") && is_whole && port.is_none() && is_one_word(host) {
        sink.push(
            Diagnostic::new(Code::HostWithoutDomain, url.span, format!("`{host}` is no host on the internet"))
                .label("has no domain")
                .help("write the whole host, as in `https://api.example.com/…`, or `path` for what is joined to `api.base_url`"),
        );
    }
}

/// Whether the host is a variable's value, so that it may be any.
fn goes_anywhere(url: &Template, host: &str, is_whole: bool) -> bool {
    let after = url.parts.get(2).map(|part| match part {
        Part::Text(text) => text.value.as_str(),
        Part::Variable(_) => ".",
    });
    !is_whole && host.is_empty() && !after.is_some_and(|after| after.starts_with('.'))
}

/// Whether a host is this machine, or in a network that is not the internet.
fn is_internal(host: &str, is_whole: bool) -> bool {
    if !is_whole {
        return false;
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified();
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback() || address.is_unique_local());
    }
    let host = host.to_ascii_lowercase();
    !host.contains('.') || [".localhost", ".local", ".internal", ".test"].iter().any(|end| host.ends_with(end))
}

fn is_one_word(host: &str) -> bool {
    !host.is_empty() && !host.contains(['.', ':', '[']) && !host.eq_ignore_ascii_case("localhost")
}

fn unencrypted(start: &Spanned<String>, whole: Span) -> Diagnostic {
    let found = Diagnostic::new(Code::PlainHttp, whole, "a URL that is called without encryption")
        .label("can be read and changed on the way");
    // With escapes in the text its positions are not those of the manifest.
    let scheme = (start.span.end - start.span.start) as usize == start.value.len();
    match scheme {
        true => {
            let at = start.span.start as usize;
            found.suggest("call it by `https`", Span::new(at, at + "http".len()), "https")
        }
        false => found.help("call it by `https`"),
    }
}
