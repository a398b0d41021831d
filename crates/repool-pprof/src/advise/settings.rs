use repool_prof::AllocatorCosts;

/// What advice is given by.
///
/// ```
/// use repool_pprof::advise::AdviseSettings;
///
/// let settings = AdviseSettings { operations: Some(100_000), ..AdviseSettings::default() };
/// assert_eq!(settings.most_sites, 10);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AdviseSettings {
    /// How many operations (requests, lines) the profile is of; else it may say so itself. 0 is as
    /// if nobody had said.
    pub operations: Option<u64>,
    /// How many sites there are in the advice at most. Sums are over all.
    pub most_sites: usize,
    /// Whether stacks of Rust count down to where the system started the thread; see
    /// [`Settings::all_frames`](crate::Settings::all_frames).
    pub all_frames: bool,
    /// What pools and the allocator take.
    pub costs: Costs,
}

impl Default for AdviseSettings {
    fn default() -> Self {
        Self {
            operations: None,
            most_sites: 10,
            all_frames: false,
            costs: Costs::default(),
        }
    }
}

/// What a pool takes, and what the allocator does where the profile does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    /// Nanoseconds for a get from a `Pool` and the return.
    pub pool_pair_ns: f64,
    /// Nanoseconds for a get from a `BufPool` and the return.
    pub buf_pool_pair_ns: f64,
    /// An allocator that was measured elsewhere: best the one that the profiled program has.
    /// Without any, no time is told.
    pub allocator: Option<AllocatorCosts>,
}
