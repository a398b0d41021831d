use regex::Regex;

use crate::Profile;

/// What a report is to show, and how.
///
/// ```
/// use repool_pprof::Settings;
///
/// let settings = Settings {
///     sample: Some("alloc_space".into()),
///     cum: true,
///     ..Settings::default()
/// };
/// assert_eq!(settings.unit, "minimum");
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which values: the name of a sample type, or its place. `None` is what the profile says, or
    /// else the last.
    pub sample: Option<String>,
    /// Whether functions are in the order of what they and all that they called did, and not of
    /// what they did themselves.
    pub cum: bool,
    /// How many functions at most; 0 is all. `None` is all in a top, and 80 in a tree.
    pub node_count: Option<usize>,
    /// Only stacks with a function, a file or a program that this matches.
    pub focus: Option<Regex>,
    /// No stacks with a function, a file or a program that this matches.
    pub ignore: Option<Regex>,
    /// The unit of all figures: `kb` or `ms`, say. With `minimum` it is one that suits the
    /// smallest, with `auto` each has its own.
    pub unit: String,
    /// Whether inlined functions are counted as what they were inlined into.
    pub no_inlines: bool,
    /// Whether stacks of Rust are shown down to where the system started the thread. Else they end
    /// at the root where `RUST_BACKTRACE=1` ends, at the function that the thread runs: below it are
    /// `__rust_begin_short_backtrace`, `catch_unwind`, `std::thread`'s start or `lang_start`, and
    /// `clone3` or `_start`. Where an executor (tokio's, rayon's) is outermost then, they end at the
    /// task that it runs.
    ///
    /// Stacks without `__rust_begin_short_backtrace` are always whole. Values are the same either
    /// way. With this, reports are those of `go tool pprof`, which knows nothing of Rust.
    pub all_frames: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sample: None,
            cum: false,
            node_count: None,
            focus: None,
            ignore: None,
            unit: "minimum".into(),
            no_inlines: false,
            all_frames: false,
        }
    }
}

/// A profile that another is compared with.
#[derive(Clone, Debug)]
pub struct Base {
    /// The profile that is taken off.
    pub profile: Profile,
    /// Whether shares are of this profile's total, and not of all that changed.
    pub diff: bool,
}
