//! Deliberate mistakes, each of which must be found: a simulation that finds nothing may look at nothing.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The sink says that it has taken a batch, and has not.
    DroppingSink,
    /// The vendor says that it has deleted a hook, and has not.
    ForgetfulVendor,
    /// The store acknowledges some transactions without writing them.
    LyingStore,
    /// The store drops records.
    LostRecords,
    /// The store acknowledges deliveries without writing them.
    LostDeliveries,
    /// What the vendor is about to be asked for is not written down.
    NoIntents,
    /// A pause is not written down.
    DeafToPause,
    /// Some states are stored as they were in the beginning.
    OldState,
    /// A cycle is due again at once.
    MadeUpFor,
    /// A task is never found to be due.
    ForgottenTask,
    /// Records come out of the store in the wrong order.
    Disorder,
    /// Repeated deliveries are not told from new ones.
    NoDedupe,
    /// Requests of a cycle are made twice at once.
    Overlap,
}

impl Mutant {
    pub(crate) const ALL: [Self; 13] = [
        Self::DroppingSink,
        Self::ForgetfulVendor,
        Self::LyingStore,
        Self::LostRecords,
        Self::LostDeliveries,
        Self::NoIntents,
        Self::DeafToPause,
        Self::OldState,
        Self::MadeUpFor,
        Self::ForgottenTask,
        Self::Disorder,
        Self::NoDedupe,
        Self::Overlap,
    ];

    /// What is said of it when it is found, in part.
    pub(crate) const fn found_as(self) -> &'static str {
        match self {
            Self::DroppingSink => "no sink has it",
            Self::ForgetfulVendor => "the vendor's hook",
            Self::LyingStore | Self::LostRecords | Self::LostDeliveries => "lost",
            Self::NoIntents => "nothing says so",
            Self::DeafToPause => "is paused, and a job",
            Self::OldState => "its stored state is",
            Self::MadeUpFor => "is to run every",
            Self::ForgottenTask => "does not come to rest",
            Self::Disorder => "order",
            Self::NoDedupe => "several keys",
            Self::Overlap => "its cycles overlap",
        }
    }
}
