//! **What**: a request to the platform (`target: activecampaign`) has a `path`.
//!
//! **Why**: it goes to the customer's own account there, with the account's credentials: to no other address.
//!
//! **Example**: `{"target": "activecampaign", "url": "https://example.com/api/3/contacts"}`

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{Address, CommandKind, Target};

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        let CommandKind::Http(http) = &command.kind else { return };
        let (Some(Address::Url(url)), Target::ActiveCampaign) = (&http.address, http.target) else { return };
        sink.push(
            Diagnostic::new(Code::PlatformPath, url.span, "a `url` in a request with the target `activecampaign`")
                .label("names another server")
                .note("the request carries the credentials of the customer's account, so it goes nowhere else")
                .help("write the `path` below the account's address, such as `/api/3/contacts`"),
        );
    });
}
