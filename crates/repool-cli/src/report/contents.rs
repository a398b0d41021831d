use super::contest::Contest;
use super::facts::Facts;
use super::ranking::Top;
use crate::outcome::{Retained, Verdict};

/// What a page shows, read from a folder.
///
/// ```
/// let problem = repool_cli::report::Contents::read("/no/such/folder".as_ref()).unwrap_err();
/// assert!(problem.contains("/no/such/folder"));
/// ```
#[derive(Clone, Debug)]
pub struct Contents {
    pub(super) title: String,
    /// What it is about, in a sentence.
    pub(super) lead: String,
    /// Sentences.
    pub(super) takeaways: Vec<String>,
    pub(super) contests: Vec<Contest>,
    /// One for each profile.
    pub(super) profiles: Vec<Profiled>,
    pub(super) retained: Vec<Retained>,
    pub(super) verdicts: Vec<Verdict>,
    pub(super) facts: Facts,
    /// What the folder does not have, a sentence each.
    pub(super) missing: Vec<String>,
}

/// What is shown of one profile.
#[derive(Clone, Debug)]
pub(super) struct Profiled {
    pub(super) name: String,
    pub(super) about: String,
    /// The profile's name in the folder.
    pub(super) file: String,
    pub(super) top: Option<Top>,
    /// An SVG document.
    pub(super) flame: Option<String>,
}
