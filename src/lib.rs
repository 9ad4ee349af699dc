//! Compiles declarative data-intake manifests to native, typed Rust.

pub use intake_runtime::*;

/// Compiles a manifest where it is named.
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
