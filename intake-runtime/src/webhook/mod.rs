//! The life of a webhook: registered at the vendor, shared by its workflows, removed with the last of them; and what it
//! receives meanwhile (language reference, section 5).

mod http;
mod receiver;
mod register;
mod route;

pub(crate) use receiver::Shared as Desks;
pub use receiver::{Receiver, ReceiverBuilder};
pub use register::Registration;
