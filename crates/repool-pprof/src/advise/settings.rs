//! [`AdviseSettings`], and the [`Costs`] of pools and of the allocator.

use regex::Regex;

use super::profile_format::AllocatorCosts;
use crate::Sources;

/// The settings of an advice.
///
/// Fields can be assigned, or set by methods of the same names.
///
/// # Examples
///
/// ```
/// use repool_pprof::advise::AdviseSettings;
///
/// let settings = AdviseSettings::new().operations(100_000);
/// assert_eq!(settings.max_sites, 10);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AdviseSettings {
    /// The number of operations (requests or lines, for instance) that the program did while it was
    /// profiled. With `None`, the default, or 0, the profile's own number is used if it has one.
    pub operations: Option<u64>,
    /// The most groups in the advice, 10 by default; with [`by_site`](AdviseSettings::by_site), the most
    /// sites. Totals include all.
    pub max_sites: usize,
    /// Whether the text lists sites, and not the lines of the user's code that lead to them. The
    /// default is `false`.
    pub by_site: bool,
    /// Keeps only stacks with a function whose name or source file matches.
    pub focus: Option<Regex>,
    /// Removes stacks with a function whose name or source file matches.
    pub ignore: Option<Regex>,
    /// The user's own code: the functions whose name or source file matches. With `None`, the
    /// default, code is the user's own unless it is of the standard library, or of a registry, a git
    /// checkout or a folder of vendored crates.
    pub own: Option<Regex>,
    /// The folders in which the source of the user's lines is found. With `None`, the default, no
    /// source is read.
    pub sources: Option<Sources>,
    /// Whether stacks of Rust include the runtime's frames at the root; see
    /// [`Settings::all_frames`](crate::Settings::all_frames). The default is `false`.
    pub all_frames: bool,
    /// The costs of pools and of the allocator; 0 and none by default.
    pub costs: Costs,
}

impl AdviseSettings {
    /// The default settings.
    #[must_use]
    pub fn new() -> Self {
        Self {
            operations: None,
            max_sites: 10,
            by_site: false,
            focus: None,
            ignore: None,
            own: None,
            sources: None,
            all_frames: false,
            costs: Costs::default(),
        }
    }

    /// Sets the number of [operations](AdviseSettings::operations).
    #[must_use]
    pub fn operations(mut self, operations: u64) -> Self {
        self.operations = Some(operations);
        self
    }

    /// Sets the [most groups or sites](AdviseSettings::max_sites) in the advice.
    #[must_use]
    pub fn max_sites(mut self, sites: usize) -> Self {
        self.max_sites = sites;
        self
    }

    /// Sets whether the text [lists sites](AdviseSettings::by_site).
    #[must_use]
    pub fn by_site(mut self, by_site: bool) -> Self {
        self.by_site = by_site;
        self
    }

    /// Sets the folders in which [sources](AdviseSettings::sources) are found.
    #[must_use]
    pub fn sources(mut self, sources: Sources) -> Self {
        self.sources = Some(sources);
        self
    }

    /// Sets whether stacks include [the runtime's frames](AdviseSettings::all_frames).
    #[must_use]
    pub fn all_frames(mut self, all_frames: bool) -> Self {
        self.all_frames = all_frames;
        self
    }

    /// Sets the [costs](AdviseSettings::costs) of pools and of the allocator.
    #[must_use]
    pub fn costs(mut self, costs: Costs) -> Self {
        self.costs = costs;
        self
    }
}

impl Default for AdviseSettings {
    fn default() -> Self {
        Self::new()
    }
}

/// The costs of pools, and those of the allocator for profiles without measured costs.
///
/// # Examples
///
/// ```
/// use repool_pprof::advise::Costs;
///
/// let costs = Costs::new(2.0, 4.0);
/// assert_eq!((costs.pool_pair_ns, costs.allocator), (2.0, None));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Costs {
    /// Nanoseconds for a get from a `Pool` and the return of the object.
    pub pool_pair_ns: f64,
    /// Nanoseconds for a get from a `BufPool` and the return of the buffer.
    pub buf_pool_pair_ns: f64,
    /// The measured costs of an allocator, ideally of the profiled program's. The profile's own costs
    /// take precedence. If there are neither, the advice has no times.
    pub allocator: Option<AllocatorCosts>,
}

impl Costs {
    /// The costs of pools in nanoseconds, without costs of an allocator.
    #[must_use]
    pub fn new(pool_pair_ns: f64, buf_pool_pair_ns: f64) -> Self {
        Self {
            pool_pair_ns,
            buf_pool_pair_ns,
            allocator: None,
        }
    }

    /// Sets the costs of an [allocator](Costs::allocator).
    #[must_use]
    pub fn allocator(mut self, costs: AllocatorCosts) -> Self {
        self.allocator = Some(costs);
        self
    }
}
