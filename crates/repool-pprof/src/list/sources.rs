//! Finds and reads source files, as pprof does.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::PathBuf;

use crate::path;

/// The folders in which [`Analysis::list`](crate::Analysis::list) looks for source files.
///
/// A relative path of the profile is looked up in each folder and in all parents of it. An absolute
/// path is trimmed first: by one of the prefixes, if there are any; or else, if it contains the
/// name of a folder as a component, up to and including this component.
///
/// # Examples
///
/// ```
/// use repool_pprof::Sources;
///
/// let sources = Sources::new().folders("/srv/app:/srv/lib");
/// assert!(sources.trim_prefixes.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sources {
    /// Folders, separated by `:`. `None`, the default, is the current folder. pprof's `-source_path`.
    pub folders: Option<String>,
    /// Prefixes to remove from paths, separated by `:`. Empty by default. pprof's `-trim_path`.
    pub trim_prefixes: String,
    /// The current folder. `None`, the default, is that of the process.
    pub current: Option<PathBuf>,
}

/// The lines of a source file, in order.
pub(crate) type SourceLines = Vec<SourceLine>;

/// A line of a source file.
pub(crate) struct SourceLine {
    pub(crate) text: String,
    /// Whether the line is UTF-8 in the file. If not, `U+FFFD` replaces the invalid bytes in `text`.
    pub(super) is_utf8: bool,
}

/// The most bytes of a line. pprof ends a file silently before a longer line.
const MAX_LINE: usize = (64 << 10) - 1;

impl Sources {
    /// The current folder of the process, without prefixes to trim.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the [folders](Sources::folders), separated by `:`.
    #[must_use]
    pub fn folders(mut self, folders: impl Into<String>) -> Self {
        self.folders = Some(folders.into());
        self
    }

    /// Sets the [prefixes](Sources::trim_prefixes) to remove from paths, separated by `:`.
    #[must_use]
    pub fn trim_prefixes(mut self, prefixes: impl Into<String>) -> Self {
        self.trim_prefixes = prefixes.into();
        self
    }

    /// Sets the [current folder](Sources::current).
    #[must_use]
    pub fn current(mut self, folder: impl Into<PathBuf>) -> Self {
        self.current = Some(folder.into());
        self
    }

    /// A path without its prefix. `folders` are used for trimming if the settings have neither
    /// folders nor prefixes.
    pub(super) fn trim<'a>(&self, path: &'a str, folders: &str) -> &'a str {
        let folders = match &*self.trim_prefixes {
            "" => self
                .folders
                .as_deref()
                .filter(|own| !own.is_empty())
                .unwrap_or(folders),
            _ => "",
        };
        for folder in split(folders) {
            let name = format!("/{}/", path::base(folder));
            if let Some((_, rest)) = path.split_once(&name) {
                return rest;
            }
        }
        let always = ["/proc/self/cwd/./", "/proc/self/cwd/"];
        for prefix in split(&self.trim_prefixes).chain(always) {
            let rest = path.strip_prefix(prefix);
            let rest = match prefix.ends_with('/') {
                true => rest,
                false => rest.and_then(|rest| rest.strip_prefix('/')),
            };
            if let Some(rest) = rest {
                return rest;
            }
        }
        path
    }
}

/// The paths of a list; none for an empty list.
fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(':').filter(move |_| !list.is_empty())
}

/// Reads source files, each once.
pub(crate) struct SourceReader<'a> {
    sources: &'a Sources,
    folders: String,
    files: HashMap<String, Result<SourceLines, String>>,
}

impl<'a> SourceReader<'a> {
    /// A reader that has read nothing yet.
    pub(crate) fn new(sources: &'a Sources) -> Self {
        let folders = match sources.folders.as_deref() {
            Some(folders) if !folders.is_empty() => folders.to_owned(),
            _ => {
                let current = sources.current.clone();
                let current = current.or_else(|| std::env::current_dir().ok());
                current.unwrap_or_default().display().to_string()
            }
        };
        Self {
            sources,
            folders,
            files: HashMap::new(),
        }
    }

    /// The result of an earlier [`read`](Self::read) of the file; `None` if it was not read.
    pub(super) fn known(&self, file: &str) -> Option<Result<&SourceLines, &String>> {
        self.files.get(file).map(Result::as_ref)
    }

    /// The lines of a file, or a text that says why it could not be read.
    pub(crate) fn read(&mut self, file: &str) -> Result<&SourceLines, &String> {
        let read = match self.files.entry(file.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let path = self.sources.trim(file, &self.folders);
                new.insert(open(path, &self.folders).map(lines))
            }
        };
        read.as_ref()
    }
}

/// Opens a trimmed path, which is looked up in the folders if it is relative.
fn open(path: &str, folders: &str) -> Result<File, String> {
    if path.starts_with('/') {
        return File::open(path).map_err(|error| format!("open {path}: {}", message(&error)));
    }
    for folder in split(folders) {
        let mut folder = folder.to_owned();
        loop {
            if let Ok(file) = File::open(path::join(&folder, path)) {
                return Ok(file);
            }
            let parent = path::parent(&folder);
            if parent == folder {
                break;
            }
            folder = parent;
        }
    }
    Err(format!("could not find file {path} on path {folders}"))
}

/// The system's error message in the form that Go prints.
fn message(error: &io::Error) -> String {
    let message = error.to_string();
    let message = message.split(" (os error").next().unwrap_or(&message);
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// The lines of a file, up to the first error: as pprof, keeps the lines before it. Returns no
/// lines for anything but a regular file, because a profile may name a device that never ends.
fn lines(file: File) -> SourceLines {
    let mut lines = Vec::new();
    if !file.metadata().is_ok_and(|about| about.is_file()) {
        return lines;
    }
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        // Reads one byte more than the limit, and the line break, to detect a longer line.
        let read = (&mut reader)
            .take(MAX_LINE as u64 + 2)
            .read_until(b'\n', &mut line);
        if line.is_empty() {
            return lines;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if text.len() > MAX_LINE {
            return lines;
        }
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        lines.push(match str::from_utf8(text) {
            Ok(text) => SourceLine {
                text: text.to_owned(),
                is_utf8: true,
            },
            Err(_) => SourceLine {
                text: String::from_utf8_lossy(text).into_owned(),
                is_utf8: false,
            },
        });
        if read.is_err() {
            return lines;
        }
    }
}
