//! [`Settings`] of an analysis, and its [`Base`].

use regex::Regex;

use crate::profile::Profile;

/// The sample type, the filters and the format of an [`Analysis`](crate::Analysis).
///
/// Fields can be assigned, or set by methods of the same names.
///
/// # Examples
///
/// ```
/// use repool_pprof::Settings;
///
/// let mut settings = Settings::new().sample("alloc_space").cum(true);
/// settings.focus = Some(regex::Regex::new("parse")?);
/// assert_eq!(settings.unit, "minimum");
/// # Ok::<(), regex::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The name or the index of the sample type. `None` is the profile's default sample type, or the
    /// last if it has no default. pprof's `-sample_index`.
    pub sample: Option<String>,
    /// Whether functions are sorted by cum instead of flat. The default is `false`.
    pub cum: bool,
    /// The most functions in a table; 0 is no limit. `None`, the default, is no limit in a top, and
    /// 80 in a tree. pprof's `-nodecount`.
    pub node_count: Option<usize>,
    /// Keeps only samples with a location whose function, source file or mapped file matches.
    pub focus: Option<Regex>,
    /// Removes samples with a location whose function, source file or mapped file matches.
    pub ignore: Option<Regex>,
    /// The unit of values: `kb` or `ms`, for instance. `minimum`, the default, is the unit that suits
    /// the smallest value; `auto` is a unit for each value.
    pub unit: String,
    /// Whether an inlined function counts as the function that it was inlined into. The default is
    /// `false`. pprof's `-noinlines`.
    pub no_inlines: bool,
    /// Whether stacks of Rust include the runtime's frames at the root. The default is `false`.
    ///
    /// By default, such a stack ends at the root where `RUST_BACKTRACE=1` ends, at the function
    /// that the thread runs. The frames below it are removed: `__rust_begin_short_backtrace`,
    /// `catch_unwind`, `std::thread`'s start or `lang_start`, and `clone3` or `_start`. If an
    /// executor (of tokio or rayon, for instance) is outermost then, its frames are removed too, so
    /// that the stack ends at the task that it runs.
    ///
    /// Stacks without `__rust_begin_short_backtrace` are never changed, and neither are values. With
    /// `true`, tables equal those of `go tool pprof`, which does not remove these frames.
    pub all_frames: bool,
}

impl Settings {
    /// The default settings: those of pprof, without frames of Rust's runtime.
    #[must_use]
    pub fn new() -> Self {
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

    /// Sets the name or the index of the [sample type](Settings::sample).
    #[must_use]
    pub fn sample(mut self, name_or_index: impl Into<String>) -> Self {
        self.sample = Some(name_or_index.into());
        self
    }

    /// Sets whether functions are sorted by [cum](Settings::cum).
    #[must_use]
    pub fn cum(mut self, cum: bool) -> Self {
        self.cum = cum;
        self
    }

    /// Sets the [most functions](Settings::node_count) in a table; 0 is no limit.
    #[must_use]
    pub fn node_count(mut self, count: usize) -> Self {
        self.node_count = Some(count);
        self
    }

    /// Sets the expression of [focus](Settings::focus).
    #[must_use]
    pub fn focus(mut self, regex: Regex) -> Self {
        self.focus = Some(regex);
        self
    }

    /// Sets the expression of [ignore](Settings::ignore).
    #[must_use]
    pub fn ignore(mut self, regex: Regex) -> Self {
        self.ignore = Some(regex);
        self
    }

    /// Sets the [unit](Settings::unit) of values.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Sets whether [inlined functions](Settings::no_inlines) count as their callers.
    #[must_use]
    pub fn no_inlines(mut self, no_inlines: bool) -> Self {
        self.no_inlines = no_inlines;
        self
    }

    /// Sets whether stacks include [the runtime's frames](Settings::all_frames).
    #[must_use]
    pub fn all_frames(mut self, all_frames: bool) -> Self {
        self.all_frames = all_frames;
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

/// A profile that is subtracted from the analyzed one. pprof's `-base` and `-diff_base`.
///
/// # Examples
///
/// ```
/// use repool_pprof::{Analysis, Base, Profile, Settings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let base = Base::new(profile.clone());
/// let analysis = Analysis::new(profile, Some(base), &Settings::new())?;
/// assert!(analysis.top().rows.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Base {
    /// The profile that is subtracted.
    pub profile: Profile,
    /// Whether percentages are relative to this profile's total, as with `-diff_base`, instead of the
    /// total of all differences, as with `-base`. The default is `false`.
    pub diff: bool,
}

impl Base {
    /// A base as with pprof's `-base`.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            diff: false,
        }
    }

    /// Sets whether percentages are relative to [the base's total](Base::diff).
    #[must_use]
    pub fn diff(mut self, diff: bool) -> Self {
        self.diff = diff;
        self
    }
}
