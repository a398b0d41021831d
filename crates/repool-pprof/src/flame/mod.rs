//! Flame graphs: how much each stack did, drawn by [inferno], and how that differs between two
//! profiles. The pictures need no network: what they do when they are clicked at is in them.
//!
//! [inferno]: https://docs.rs/inferno
//!
//! ```no_run
//! use repool_pprof::flame::{self, FlameSettings};
//! use repool_pprof::Profile;
//!
//! let profile = Profile::open("allocs.pb.gz")?;
//! let settings = FlameSettings {
//!     sample: Some("alloc_space".into()),
//!     ..FlameSettings::default()
//! };
//! let svg = flame::svg(&profile, &settings)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod stacks;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use inferno::flamegraph::{self, Options, TextTruncateDirection};

use crate::pipeline::{find_sample_type, runtime_frames};
use crate::{Profile, ReportError};
pub use error::FlameError;
use stacks::{Changes, Stacks};

/// What a flame graph is to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlameSettings {
    /// Which values: the name of a sample type, or its place. `None` is what the profile says, or
    /// else the last.
    pub sample: Option<String>,
    /// What is written over it; where it is empty, `Flame graph`.
    pub title: String,
    /// Whether stacks of Rust are drawn down to where the system started the thread; see
    /// [`Settings::all_frames`](crate::Settings::all_frames).
    pub all_frames: bool,
}

/// Each stack on a line: its functions from the outermost to the innermost, with `;` between them,
/// and its value. This is what other tools call folded or collapsed stacks.
///
/// The lines are in order, and no stack is there twice. Those whose values sum up to nothing or
/// less are left out. A `;` in a name is written as `:`.
///
/// # Errors
///
/// If there is no such sample type, or nothing to show.
pub fn folded(profile: &Profile, settings: &FlameSettings) -> Result<String, FlameError> {
    let (stacks, _) = stacks(profile, settings)?;
    Ok(stacks.lines().map(|line| line + "\n").collect())
}

/// A flame graph as SVG: the wider a function, the more it did, or those that it called did.
///
/// The same profile gives the same text. Frames have the names that are in the profile; those of
/// [`Report::profile`](crate::Report::profile) are readable, whoever wrote it.
///
/// # Errors
///
/// If there is no such sample type, or nothing to show.
pub fn svg(profile: &Profile, settings: &FlameSettings) -> Result<String, FlameError> {
    let (stacks, (kind, unit)) = stacks(profile, settings)?;
    draw(stacks.lines(), kind.into(), unit, settings)
}

/// A flame graph of the new profile as SVG, with the colours of what changed: what is red did more
/// than in the old one, what is blue did less. Functions that do nothing any more have no width.
///
/// Nothing is normalised: where the new run did twice as much, all of it is red.
///
/// # Errors
///
/// If one of them has no such sample type, they are of different types, or the new one has nothing
/// to show.
pub fn diff_svg(
    old: &Profile,
    new: &Profile,
    settings: &FlameSettings,
) -> Result<String, FlameError> {
    let (stacks, (kind, unit)) = stacks(new, settings)?;
    // What is default in one of them need not be so in the other.
    let place = find_sample_type(old, Some(kind)).map_err(FlameError::Sample)?;
    let (_, old_unit) = names(old, place);
    if old_unit != unit {
        return Err(FlameError::Sample(ReportError::Incompatible {
            what: "sample type",
            one: format!("{kind}/{unit}"),
            other: format!("{kind}/{old_unit}"),
        }));
    }
    let before = Stacks::of(&shown(old, settings), place);
    let what = format!("{kind}: red did more than before, blue less");
    draw(
        Changes::new(&before, &stacks)?.lines(),
        what,
        unit,
        settings,
    )
}

/// The stacks of a profile, and what their values are.
fn stacks<'a>(
    profile: &'a Profile,
    settings: &FlameSettings,
) -> Result<(Stacks, (&'a str, &'a str)), FlameError> {
    let place =
        find_sample_type(profile, settings.sample.as_deref()).map_err(FlameError::Sample)?;
    let stacks = Stacks::of(&shown(profile, settings), place);
    let names = names(profile, place);
    match stacks.total() {
        0 => Err(FlameError::Empty {
            kind: names.0.into(),
        }),
        // Differences are to fit as well.
        total if total > i64::MAX as u128 => Err(FlameError::Large),
        _ => Ok((stacks, names)),
    }
}

/// The profile with the frames that are to be drawn.
fn shown<'a>(profile: &'a Profile, settings: &FlameSettings) -> Cow<'a, Profile> {
    match settings.all_frames {
        true => Cow::Borrowed(profile),
        false => runtime_frames::without(profile),
    }
}

fn names(profile: &Profile, place: usize) -> (&str, &str) {
    let kind = profile.sample_types[place];
    (profile.text(kind.kind), profile.text(kind.unit))
}

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
    // By the name alone, so that the same profile gives the same picture.
    options.deterministic = true;
    // inferno sorts lines as text, where `f::g` lies between `f` and `f;x` and so cuts `f` in two.
    // Lines of a chart it takes as they are, from the last to the first.
    options.flame_chart = true;
    options.text_truncate_direction = TextTruncateDirection::Right;
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| FlameError::Drawing(error.to_string()))?;
    String::from_utf8(svg).map_err(|error| FlameError::Drawing(error.to_string()))
}

/// With spaces for what no XML may have in it: a browser would show none of the picture.
fn drawable(text: &str) -> String {
    text.replace(stacks::is_not_drawn, " ")
}
