//! **What**: every URL and path can be valid for some values of its variables.
//!
//! **Why**: the position of a variable decides how its value is escaped, so that no value can change the host, climb
//! out of the path or add parameters; that needs the text around it to be a URL.
//!
//! **Example**: `${subdomain}.example.com/hooks`: the variable is read as the whole URL.

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{Address, AuthKind, CommandKind};
use crate::template::Template;
use crate::url_template::{UrlKind, split};

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    if let Some(base_url) = manifest.api.as_ref().and_then(|api| api.base_url.as_ref()) {
        check_one(base_url, UrlKind::Base, sink);
    }
    for kind in manifest.auth.iter().filter_map(|method| method.kind.as_ref()) {
        for url in auth_urls(kind).into_iter().flatten() {
            check_one(url, UrlKind::Url, sink);
        }
    }
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        let CommandKind::Http(http) = &command.kind else { return };
        match &http.address {
            Some(Address::Url(url)) => check_one(url, UrlKind::Url, sink),
            Some(Address::Path(path)) => check_one(path, UrlKind::Path, sink),
            None => {}
        }
    });
}

fn auth_urls(kind: &AuthKind) -> [Option<&Template>; 3] {
    match kind {
        AuthKind::OAuth2(oauth2) => {
            [oauth2.authorization_base_url.as_ref(), oauth2.token_url.as_ref(), oauth2.refresh_url.as_ref()]
        }
        AuthKind::Basic { verify_url } | AuthKind::Token { verify_url, .. } | AuthKind::Session { verify_url, .. } => {
            [verify_url.as_ref(), None, None]
        }
    }
}

fn check_one(template: &Template, kind: UrlKind, sink: &mut Sink) {
    if template.parts.is_empty() && !template.complete {
        return; // a variable in it was reported
    }
    if let Err(problem) = split(template, kind) {
        let found = Diagnostic::new(Code::InvalidUrl, problem.span, problem.message);
        sink.push(match problem.edit {
            Some(edit) => found.suggest_all(problem.help, vec![edit]),
            None => found.help(problem.help),
        });
    }
}
