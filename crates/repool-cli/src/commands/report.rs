//! `repool report`: one HTML page made from a folder; the page itself is made by [`crate::report`].

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::failure::Failure;
use crate::{browser, output, report};

const EXAMPLES: &str = "\
Examples:
  repool study && repool report repool-study --open
  repool report results  before.txt, after.txt, before.pb.gz, after.pb.gz";

/// Make an HTML page of a study, or of results before and after a change
///
/// Reads the files of `repool study` in the folder, and writes report.html there: one file that needs
/// no network. In a folder without study.json it reads before.txt and after.txt (results of
/// benchmarks) and before.pb.gz and after.pb.gz (profiles), as many of them as exist.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    /// The study's folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    /// Open the page in a browser
    #[arg(long)]
    open: bool,
}

impl ReportArgs {
    /// Writes the page, and opens it if asked to.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let page = report::write(&self.folder)?;
        output::line(out, &format!("wrote {}", page.display()))?;
        browser::open_if(self.open, &page)
    }
}
