//! A study's results as one HTML page.
//!
//! [`write()`] makes `report.html` in a folder from what lies in it. The page is one file and works
//! without a network: it loads nothing, and its content security policy forbids loading. It
//! follows the reader's choice of light or dark, can be used by keyboard alone, and prints.
//!
//! It reads two kinds of folders:
//!
//! - a study's: [`study.json`](crate::study::Outcome), and the profiles and flame graphs that it
//!   names;
//! - any with `before.txt` and `after.txt`, the text of Go's benchmarks, or with `before.pb.gz` and
//!   `after.pb.gz`, profiles in pprof's format, or with both.
//!
//! The page names the files that a folder lacks, and shows the others.
//!
//! `folder` reads a folder into [`Contents`]; `page` renders them, with one module for each section.

mod advice;
mod allocation_profile;
mod benchmark_group;
mod chart;
mod contents;
mod facts;
mod figure;
mod findings;
mod flame;
mod folder;
mod page;
mod pair;
mod studied;
mod table;
mod top;
mod top_table;

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::file;

pub use contents::Contents;
pub use page::page;

/// The name of the page's file in its folder.
pub const FILE: &str = "report.html";

/// Writes the page of a folder into that folder, atomically, and returns the page's path.
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
