//! **What**: a variable stands where it has a value.
//!
//! **Why**: elsewhere every run would stop at it.
//!
//! **Example**: `${webhook.url}` in a polling intake.

use super::visit::{self, EventKind, Item, Place};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::template::Root;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, context| {
        let Item::Variable(variable) = item else { return };
        let place = match context.place {
            Place::BaseUrl => "`api.base_url`".to_owned(),
            Place::Auth => "`auth`".to_owned(),
            Place::Event(_, event) => format!("`{}`", event.as_str()),
        };
        let note = match (&variable.path.root, context.place) {
            (Root::Subdomain | Root::CustomData { .. } | Root::ResourceId, _) => return,
            (_, Place::BaseUrl | Place::Auth) => {
                "only `subdomain`, `custom_data` and `resource.id` are known before an event runs"
            }
            (Root::Saved(_), _) => return,
            (Root::WebhookUrl, Place::Event(_, EventKind::Create | EventKind::Update | EventKind::Delete)) => return,
            (Root::WebhookUrl, _) => {
                "it is the URL of a hook: known to `create`, `update` and `delete` of a webhook intake"
            }
            (Root::PollingState, Place::Event(_, event)) if event.is_polling() => return,
            (Root::PollingState, _) => "only a polling intake has a state; a webhook intake can `!save` data",
            (Root::PipedContent(_), _) if context.completed.is_some() => return,
            (Root::PipedContent(_), _) => {
                "it is what the commands of a `!pipe` have given, and no `!pipe` is around it"
            }
        };
        let message = format!("`{}` has no value in {place}", variable.path.root);
        sink.push(Diagnostic::new(Code::VariableOutOfPlace, variable.span, message).note(note));
    });
}
