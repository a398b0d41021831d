use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::PathBuf;

use crate::path;

/// Where source code is looked for.
///
/// What is relative in the profile is looked for in each folder and all that it lies in. What is
/// absolute is trimmed first: by the prefixes, if there are any; or else, where the name of a
/// folder is in it, up to there.
///
/// ```
/// use repool_pprof::Sources;
///
/// let sources = Sources {
///     folders: Some("/srv/app:/srv/lib".into()),
///     ..Sources::default()
/// };
/// assert!(sources.trim_prefixes.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Folders with `:` between them; `None` is the current one. pprof calls it `-source_path`.
    pub folders: Option<String>,
    /// Prefixes of paths, with `:` between them. pprof calls it `-trim_path`.
    pub trim_prefixes: String,
    /// The current folder; `None` is that of the process.
    pub current: Option<PathBuf>,
}

/// The lines of a file.
pub(super) type Texts = Vec<SourceLine>;

/// A line of a file.
pub(super) struct SourceLine {
    pub(super) text: String,
    /// Whether the file's bytes are UTF-8. Else `text` has `U+FFFD` for those that are not.
    pub(super) is_utf8: bool,
}

/// Longer lines end a file for pprof, without a word.
const LONGEST_LINE: usize = (64 << 10) - 1;

impl Sources {
    /// What is left of a path; `folders` are those whose names end what is trimmed off.
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

/// The parts of a list of paths; of an empty one there are none.
fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(':').filter(move |_| !list.is_empty())
}

/// Reads files, each once.
pub(super) struct Reader<'a> {
    sources: &'a Sources,
    folders: String,
    files: HashMap<String, Result<Texts, String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
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

    /// What was read of a file before.
    pub(super) fn known(&self, file: &str) -> Option<Result<&Texts, &String>> {
        self.files.get(file).map(Result::as_ref)
    }

    /// The lines of a file, or why there are none.
    pub(super) fn read(&mut self, file: &str) -> Result<&Texts, &String> {
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

fn open(path: &str, folders: &str) -> Result<File, String> {
    if path.starts_with('/') {
        return File::open(path).map_err(|error| format!("open {path}: {}", said(&error)));
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

/// The system's words, as Go has them.
fn said(error: &io::Error) -> String {
    let said = error.to_string();
    let said = said.split(" (os error").next().unwrap_or(&said);
    let mut letters = said.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Those up to where it cannot be read: of a folder, or a file that breaks off, pprof shows what
/// there is. Profiles may name anything, so nothing is read of a device, which has no end.
fn lines(file: File) -> Texts {
    let mut lines = Vec::new();
    if !file.metadata().is_ok_and(|about| about.is_file()) {
        return lines;
    }
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        // One more and a line break, as longer ones need not be known whole.
        let read = (&mut reader)
            .take(LONGEST_LINE as u64 + 2)
            .read_until(b'\n', &mut line);
        if line.is_empty() {
            return lines;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if text.len() > LONGEST_LINE {
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
