//! One HTML page that shows what a study found, and how it was found.
//!
//! [`write()`] makes `report.html` in a folder from what lies in it. The page is one file and works
//! without a network: it loads nothing, and its content security policy lets it load nothing. It
//! follows the reader's choice of light or dark, can be used by keyboard alone, and prints.
//!
//! Two kinds of folders will do:
//!
//! - a study's: [`study.json`](crate::study::Outcome), and the profiles and flame graphs that it
//!   names;
//! - any with `before.txt` and `after.txt`, the text of Go's benchmarks, or with `before.pb.gz` and
//!   `after.pb.gz`, profiles in pprof's format, or with both.
//!
//! The page says what is missing in a folder and shows the rest.

mod advice;
mod allocated;
mod chart;
mod contents;
mod contest;
mod facts;
mod figure;
mod findings;
mod flame;
mod folder;
mod page;
mod pair;
mod ranking;
mod studied;
mod table;
mod top;

use std::path::{Path, PathBuf};

use crate::{Failure, file};

pub use contents::Contents;
pub use page::page;

/// The page's name in its folder.
pub const FILE: &str = "report.html";

/// Writes the page of a folder into it, and returns the page's path. It is written beside and then
/// renamed, so that a reader never sees a part of it.
///
/// # Errors
///
/// [`Failure::Input`] if the folder is neither a study's nor has files to compare, or they cannot
/// be read; [`Failure::Output`] if the page cannot be written.
///
/// ```
/// use repool_cli::{Failure, report};
///
/// let problem = report::write("/no/such/folder".as_ref()).unwrap_err();
/// assert!(matches!(problem, Failure::Input(_)));
/// ```
pub fn write(folder: &Path) -> Result<PathBuf, Failure> {
    let html = page(&Contents::read(folder).map_err(Failure::Input)?);
    let path = folder.join(FILE);
    file::write(&path, html.as_bytes())?;
    Ok(path)
}
