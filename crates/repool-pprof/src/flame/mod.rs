//! Flame graphs of a profile, and of the difference of two profiles, drawn by [inferno].
//!
//! An SVG document contains its script, and loads nothing from the network.
//!
//! [inferno]: https://docs.rs/inferno
//!
//! # Examples
//!
//! ```
//! use repool_pprof::Profile;
//! use repool_pprof::flame::{self, FlameSettings};
//!
//! let profile = Profile::open("tests/data/orders.pb.gz")?;
//! let settings = FlameSettings::new().sample("alloc_space").title("Orders");
//! let svg = flame::svg(&profile, &settings)?;
//! assert!(svg.contains("orders::answer"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod folded;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use inferno::flamegraph::{self, Options, TextTruncateDirection};

use crate::pipeline::AnalysisError;
use crate::pipeline::{find_sample_type, runtime_frames};
use crate::profile::Profile;
pub use error::FlameError;
use folded::{FoldedDiff, FoldedStacks};

/// The sample type, the title and the frames of a flame graph.
///
/// Fields can be assigned, or set by methods of the same names.
///
/// # Examples
///
/// ```
/// use repool_pprof::flame::FlameSettings;
///
/// let settings = FlameSettings::new().sample("alloc_space").all_frames(true);
/// assert!(settings.title.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlameSettings {
    /// The name or the index of the sample type. `None`, the default, is the profile's default sample
    /// type, or the last if it has no default.
    pub sample: Option<String>,
    /// The title. If it is empty, the default, the title is `Flame graph`.
    pub title: String,
    /// Whether stacks of Rust include the runtime's frames at the root; see
    /// [`Settings::all_frames`](crate::Settings::all_frames). The default is `false`.
    pub all_frames: bool,
}

impl FlameSettings {
    /// The default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name or the index of the [sample type](FlameSettings::sample).
    #[must_use]
    pub fn sample(mut self, name_or_index: impl Into<String>) -> Self {
        self.sample = Some(name_or_index.into());
        self
    }

    /// Sets the [title](FlameSettings::title).
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets whether stacks include [the runtime's frames](FlameSettings::all_frames).
    #[must_use]
    pub fn all_frames(mut self, all_frames: bool) -> Self {
        self.all_frames = all_frames;
        self
    }
}

/// Folded stacks, the input of flame graph tools: a line for each stack, with the names of its
/// functions from the outermost to the innermost, separated by `;`, and its value.
///
/// Lines are sorted, and each stack has one line. Stacks whose values sum to 0 or less are omitted.
/// A `;` in a name becomes `:`.
///
/// # Errors
///
/// If the profile has no such sample type, or no stack has a value above 0.
///
/// # Examples
///
/// ```
/// use repool_pprof::Profile;
/// use repool_pprof::flame::{self, FlameSettings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let folded = flame::folded(&profile, &FlameSettings::new().sample("alloc_space"))?;
/// assert!(folded.starts_with("orders::main;orders::serve;orders::answer"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn folded(profile: &Profile, settings: &FlameSettings) -> Result<String, FlameError> {
    let (stacks, _) = stacks(profile, settings)?;
    Ok(stacks.lines().map(|line| line + "\n").collect())
}

/// A flame graph as an SVG document: the width of a frame is its value, including its callees.
///
/// Equal profiles give equal documents. Frames have the names in the profile; to have mangled names
/// demangled, pass [`Analysis::profile`](crate::Analysis::profile).
///
/// # Errors
///
/// If the profile has no such sample type, or no stack has a value above 0.
pub fn svg(profile: &Profile, settings: &FlameSettings) -> Result<String, FlameError> {
    let (stacks, (kind, unit)) = stacks(profile, settings)?;
    draw(stacks.lines(), kind.into(), unit, settings)
}

/// A flame graph of the new profile as an SVG document, whose colours show the difference to the
/// old one: red frames have a larger value than before, blue frames a smaller one. Frames that are
/// only in the old profile have no width.
///
/// Values are not normalized: if the program ran twice as long, all frames are red.
///
/// # Errors
///
/// If one of the profiles has no such sample type, if the units differ, or if no stack of the new
/// profile has a value above 0.
pub fn diff_svg(
    old: &Profile,
    new: &Profile,
    settings: &FlameSettings,
) -> Result<String, FlameError> {
    let (stacks, (kind, unit)) = stacks(new, settings)?;
    // The profiles may have different default sample types.
    let index = find_sample_type(old, Some(kind)).map_err(FlameError::Sample)?;
    let (_, old_unit) = names(old, index);
    if old_unit != unit {
        return Err(FlameError::Sample(AnalysisError::Incompatible {
            what: "sample type",
            one: format!("{kind}/{unit}"),
            other: format!("{kind}/{old_unit}"),
        }));
    }
    let before = FoldedStacks::of(&shown(old, settings), index);
    let subtitle = format!("{kind}: red is more than before, blue is less");
    draw(
        FoldedDiff::new(&before, &stacks)?.lines(),
        subtitle,
        unit,
        settings,
    )
}

/// The folded stacks of a profile, with the name and the unit of their values.
fn stacks<'a>(
    profile: &'a Profile,
    settings: &FlameSettings,
) -> Result<(FoldedStacks, (&'a str, &'a str)), FlameError> {
    let index =
        find_sample_type(profile, settings.sample.as_deref()).map_err(FlameError::Sample)?;
    let stacks = FoldedStacks::of(&shown(profile, settings), index);
    let names = names(profile, index);
    match stacks.total() {
        0 => Err(FlameError::Empty {
            kind: names.0.into(),
        }),
        // Differences must fit into an `i64` too.
        total if total > i64::MAX as u128 => Err(FlameError::Large),
        _ => Ok((stacks, names)),
    }
}

/// The profile with the frames to draw.
fn shown<'a>(profile: &'a Profile, settings: &FlameSettings) -> Cow<'a, Profile> {
    match settings.all_frames {
        true => Cow::Borrowed(profile),
        false => runtime_frames::removed(profile),
    }
}

/// The name and the unit of a sample type.
fn names(profile: &Profile, index: usize) -> (&str, &str) {
    let kind = profile.sample_types[index];
    (profile.string(kind.kind), profile.string(kind.unit))
}

/// Draws folded stacks.
fn draw(
    lines: impl DoubleEndedIterator<Item = String>,
    subtitle: String,
    unit: &str,
    settings: &FlameSettings,
) -> Result<String, FlameError> {
    let lines: Vec<String> = lines.rev().collect();
    let mut options = Options::default();
    options.title = match &*settings.title {
        "" => "Flame graph".into(),
        title => drawable(title),
    };
    options.subtitle = Some(drawable(&subtitle));
    options.count_name = drawable(unit);
    // Colours depend on names only, so that equal profiles give equal documents.
    options.deterministic = true;
    // inferno sorts lines as text, so that `f::g` is between `f` and `f;x`, and `f` is drawn as two
    // frames. It does not sort the lines of a flame chart, which it reads from the last to the first.
    options.flame_chart = true;
    options.text_truncate_direction = TextTruncateDirection::Right;
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| FlameError::Drawing(error.to_string()))?;
    String::from_utf8(svg).map_err(|error| FlameError::Drawing(error.to_string()))
}

/// A text in which spaces replace the characters that XML does not allow. A browser refuses a
/// document that contains one.
fn drawable(text: &str) -> String {
    text.replace(folded::is_not_drawn, " ")
}
