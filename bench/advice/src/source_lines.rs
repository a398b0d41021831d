//! [`SourceLines`]: the lines of a program that its record names by markers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use repool_pprof::advise::SourceLocation;

/// The marked lines of a source file: those that end with `// line: NAME`, or that follow a line of only
/// that.
#[derive(Debug)]
pub(crate) struct SourceLines {
    file: PathBuf,
    /// The marker and the number of each marked line.
    lines: Vec<(String, u64)>,
}

impl SourceLines {
    /// Reads the markers of a file.
    pub(crate) fn read(file: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let marked = text.lines().zip(1..).filter_map(|(line, number)| {
            let (code, marker) = line.split_once("// line: ")?;
            let is_alone = code.trim().is_empty();
            Some((marker.trim().to_owned(), number + u64::from(is_alone)))
        });
        Ok(Self {
            file: file.to_owned(),
            lines: marked.collect(),
        })
    }

    /// The markers.
    pub(crate) fn markers(&self) -> BTreeSet<&str> {
        self.lines.iter().map(|(marker, _)| &**marker).collect()
    }

    /// Whether a location is a line with this marker.
    pub(crate) fn is_at(&self, location: &SourceLocation, marker: &str) -> bool {
        self.marker(location) == Some(marker)
    }

    /// The marker of a location's line; `None` if it has none or is of another file.
    pub(crate) fn marker(&self, location: &SourceLocation) -> Option<&str> {
        let is_file = location
            .file
            .as_ref()
            .is_some_and(|file| self.file.ends_with(file));
        let mut lines = self.lines.iter().filter(|_| is_file);
        let (marker, _) = lines.find(|(_, number)| Some(*number) == location.line)?;
        Some(marker)
    }
}
