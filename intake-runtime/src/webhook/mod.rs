//! The life of a webhook: registered at the vendor, shared by its workflows, removed with the last of them; and what it
//! receives meanwhile (language reference, section 5).

mod body;
mod dedupe;
mod http;
mod limits;
mod receiver;
mod register;
mod route;
mod serve;

pub use dedupe::{Call, DeliveryId};
pub use limits::Limits;
pub(crate) use receiver::Shared as Desks;
pub use receiver::{Receiver, ReceiverBuilder};
pub use register::Registration;
pub use serve::serve;
