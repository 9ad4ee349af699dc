#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// Lets a type be named in `records(…)` of [`include_intake!`]: says which keys it takes, as serde's `Deserialize` reads
/// them, so that they can be compared with what the manifest gives.
///
/// ```ignore
/// #[derive(serde::Deserialize, intake::Record)]
/// #[serde(rename_all = "camelCase")]
/// pub struct Customer {
///     id: u64,
///     email: Option<String>,
///     address: Address, // derives `intake::Record` as well, else it is not looked into
/// }
/// ```
///
/// A key of the manifest that no field takes, a field that the manifest does not give, and a kind that a field cannot
/// take are compile errors that name the place in the manifest. `#[intake(ignore("key", …))]` passes over keys that are
/// not wanted; `#[intake(unchecked)]` on a field does not look into it, which ends a cycle of types that hold each
/// other; `#[intake(crate = path)]` names this crate where it is renamed.
pub use intake_macros::Record;
pub use intake_runtime::error::{BuildError, DrainError, PollError, ReceiverError, RegisterError, ServiceError};
pub use intake_runtime::event::EventError;
pub use intake_runtime::intake::{Intake, Polling, Scope, Webhook};
pub use intake_runtime::outbox::{Drain, DrainBuilder};
pub use intake_runtime::report::{ExitReason, Report};
pub use intake_runtime::runtime::{Runtime, RuntimeBuilder};
pub use intake_runtime::schedule::Limits;
pub use intake_runtime::secret::Secret;
pub use intake_runtime::service::{Service, ServiceBuilder, WorkflowSpec};
pub use intake_runtime::sink::{Batch, Record, Sink, SinkError};
#[cfg(feature = "otel")]
pub use intake_runtime::telemetry;
pub use intake_runtime::value::{Number, Value};
pub use intake_runtime::webhook::{DeliveryId, Receiver, ReceiverBuilder, Registration};
pub use intake_runtime::workflow::{Connection, Credentials, Workflow};
pub use intake_runtime::{clock, connections, error, event, http, inspect, intake, service, sink, store, webhook};

/// Compiles a manifest where it is named.
///
/// ```ignore
/// mod acme {
///     intake::include_intake!("manifests/acme.json");
/// }
/// ```
///
/// The path is seen from the folder of the file that calls the macro, else from the package's root. Each intake of the
/// manifest becomes a struct that implements [`Polling`] or [`Webhook`]: intake `import-customers` is
/// `ImportCustomers`, and a module `import_customers` has the types of its inputs, its records and its state. Every
/// problem of the manifest is a compile error (or a warning) that shows the manifest; `intake explain CODE` says more of
/// it.
///
/// An edit of the manifest or of a sample rebuilds the crate. That a sample is added, a macro cannot have cargo notice: a
/// build script that prints `cargo::rerun-if-changed=manifests/samples` can.
///
/// Notes are no warnings, and Rust lets a macro give nothing less: they are in the docs of the generated methods, and
/// `intake check` shows them.
///
/// # Options
///
/// ```ignore
/// intake::include_intake!(
///     "manifests/acme.json",
///     // The name that state is stored under; the file's stem by default. Changing it starts afresh.
///     app = "acme",
///     // The type of an intake's records: one that is `Deserialize` and `intake::Record`, or `unchecked` and a type that
///     // is `Deserialize`. By default it is made of what the manifest's jq shows: `import_customers::Record`.
///     records(import_customers = crate::Customer, sign_ups = unchecked other_crate::SignUp),
///     // Where samples of responses are; `samples/STEM` beside the manifest by default.
///     samples("recorded/acme"),
/// );
/// ```
#[macro_export]
macro_rules! include_intake {
    ($($arguments:tt)*) => {
        $crate::__private::include_intake! { $crate; $($arguments)* }
    };
}

/// For generated code only: not covered by semver.
#[doc(hidden)]
pub mod __private {
    pub use intake_macros::include_intake;
    pub use intake_runtime::private::*;
}
