//! [`Contents`]: the data of a page. `folder` reads it, `page` renders it.

use super::benchmark_group::BenchmarkGroup;
use super::facts::Facts;
use super::top_table::TopTable;
use crate::outcome::{Retained, Verdict};

/// The data of a page, read from a folder.
///
/// ```
/// let problem = repool_cli::report::Contents::read("/no/such/folder".as_ref()).unwrap_err();
/// assert!(problem.contains("/no/such/folder"));
/// ```
#[derive(Clone, Debug)]
pub struct Contents {
    /// The page's title.
    pub(super) title: String,
    /// The subject of the page, in a sentence.
    pub(super) lead: String,
    /// Conclusions, a sentence each.
    pub(super) takeaways: Vec<String>,
    /// The benchmarks that are compared.
    pub(super) groups: Vec<BenchmarkGroup>,
    /// The profiles, in the order of the page.
    pub(super) profiles: Vec<ProfileView>,
    /// Retained memory over time.
    pub(super) retained: Vec<Retained>,
    /// Predicted and measured savings.
    pub(super) verdicts: Vec<Verdict>,
    /// The machine, and the commands to repeat the study.
    pub(super) facts: Facts,
    /// The parts that the folder lacks, a sentence each.
    pub(super) missing: Vec<String>,
}

/// One profile as the page shows it.
#[derive(Clone, Debug)]
pub(super) struct ProfileView {
    /// The variant's name, or the side's: `before`, `after`.
    pub(super) name: String,
    /// What distinguishes the variant; may be empty.
    pub(super) about: String,
    /// The file's name in the folder, quoted for a shell.
    pub(super) file: String,
    /// The top table, if there is a profile.
    pub(super) top: Option<TopTable>,
    /// The flame graph, an SVG document.
    pub(super) flame: Option<String>,
}
