use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::wire::{WireError, WireProblem};

/// Why a profile cannot be read: one line that says what, where and what to do.
///
/// ```
/// let error = repool_pprof::Profile::parse(b"").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot read the profile: it is empty; was the program that wrote it stopped?",
/// );
/// ```
#[derive(Debug)]
pub struct ReadError {
    path: Option<PathBuf>,
    pub(super) problem: Problem,
}

#[derive(Debug)]
pub(super) enum Problem {
    /// The system's error.
    Io(io::Error),
    /// There is a folder.
    Folder,
    /// There is nothing in it.
    Empty,
    /// It is something else.
    Other(&'static str),
    /// It cannot be unpacked.
    Gzip(io::Error),
    /// It unpacks to more than this many bytes.
    Bomb(u64),
    /// It has more bytes than are read of any.
    Large,
    /// It ends in the middle; so many bytes are there.
    CutOff(usize),
    /// It is no message, from this byte on.
    Wire(WireError),
    /// It refers to something that is not in it.
    Missing {
        what: &'static str,
        /// What the number is.
        by: &'static str,
        number: u64,
    },
    /// A format that pprof reads and that this does not.
    Convertible(&'static str),
    /// A line of a profile as text makes no sense.
    Line {
        /// From 1 on.
        number: usize,
        what: String,
    },
    /// It is a message that makes no sense.
    Wrong(String),
}

impl ReadError {
    pub(super) fn at(path: &Path, problem: Problem) -> Self {
        Self {
            path: Some(path.to_path_buf()),
            problem,
        }
    }

    /// Whether the system's error was that there is no such file.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(&self.problem, Problem::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl From<Problem> for ReadError {
    fn from(problem: Problem) -> Self {
        Self {
            path: None,
            problem,
        }
    }
}

impl From<WireError> for Problem {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) if path == Path::new("-") => {
                write!(f, "cannot read standard input: {}", self.problem)
            }
            Some(path) => write!(f, "cannot read {}: {}", on_one_line(path), self.problem),
            None => write!(f, "cannot read the profile: {}", self.problem),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Io(error) | Problem::Gzip(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => match error.kind() {
                io::ErrorKind::NotFound => f.write_str("there is no such file; check its name"),
                io::ErrorKind::PermissionDenied => {
                    f.write_str("it may not be read; ask its owner to allow it")
                }
                _ => write!(f, "{error}; copy it to where it can be read"),
            },
            Self::Folder => f.write_str("it is a folder; name a profile in it"),
            Self::Empty => f.write_str("it is empty; was the program that wrote it stopped?"),
            Self::Other(what) => write!(
                f,
                "it is {what}, not a profile in pprof's format; name another file"
            ),
            Self::Convertible(what) => write!(
                f,
                "it is {what}, which is not read; convert it: go tool pprof -proto PROGRAM FILE > \
                 FILE.pb.gz"
            ),
            Self::Line { number, what } => write!(
                f,
                "line {number} of the heap profile makes no sense ({what}); copy or write it again"
            ),
            Self::Gzip(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("its gzip data end too early; copy or write it again")
            }
            Self::Gzip(error) => write!(f, "it is not sound gzip ({error}); copy it again"),
            Self::Bomb(most) => write!(
                f,
                "it unpacks to more than the {most} bytes that a profile of its size may; unpack \
                 it with gunzip if it is to be trusted"
            ),
            Self::Large => f.write_str("it has 4 GiB or more; write it for a shorter time"),
            Self::CutOff(len) => write!(
                f,
                "it ends in the middle, after {len} bytes; copy or write it again"
            ),
            Self::Wire(error) => write!(
                f,
                "it is not a profile in pprof's format ({} at byte {}); name another file",
                match error.what {
                    WireProblem::CutOff | WireProblem::TooLong => "a field that is cut off",
                    WireProblem::Number => "a number that has no end",
                    WireProblem::Kind => "a field of no known kind",
                    WireProblem::OtherKind => "a field of the wrong kind",
                },
                error.at
            ),
            Self::Missing { what, by, number } => write!(
                f,
                "it refers to a {what} of {by} {number}, which it does not have; it is cut off, \
                 or the program that wrote it is at fault"
            ),
            Self::Wrong(what) => write!(f, "{what}; the program that wrote it is at fault"),
        }
    }
}

/// Names of files may have line breaks in them.
fn on_one_line(path: &Path) -> String {
    let escaped = |letter: char| match letter.is_control() {
        true => letter.escape_debug().to_string(),
        false => letter.to_string(),
    };
    path.to_string_lossy().chars().map(escaped).collect()
}
