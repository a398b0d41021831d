//! [`ReadError`]: why a profile cannot be read.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::wire::{WireError, WireErrorKind};

/// Why a profile cannot be read. Its text is one line: what is wrong, where, and what to do.
///
/// # Examples
///
/// ```
/// let error = repool_pprof::Profile::parse(b"").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot read the profile: it is empty; check that the program that wrote it has ended",
/// );
/// ```
#[derive(Debug)]
pub struct ReadError {
    /// The file; `None` for a profile that was parsed from memory.
    path: Option<PathBuf>,
    pub(super) kind: ReadErrorKind,
}

/// The kinds of [`ReadError`], each with its details.
#[derive(Debug)]
pub(super) enum ReadErrorKind {
    /// The system call failed.
    Io(io::Error),
    /// The path is a directory.
    IsDirectory,
    /// The file has no bytes.
    Empty,
    /// The file has another format, named here.
    NotAProfile(&'static str),
    /// The file is not valid gzip.
    Gzip(io::Error),
    /// The gzip data decompress to more than this many bytes.
    DecompressionBomb(u64),
    /// The file has more bytes than 32-bit indices allow.
    TooLarge,
    /// The file ends within a field, after this many bytes.
    Truncated(usize),
    /// The bytes are not a protocol buffer.
    Wire(WireError),
    /// The file refers to an entry that it does not have.
    Missing {
        /// The kind of entry: a location, for instance.
        what: &'static str,
        /// What identifies the entry: `id` or `index`.
        by: &'static str,
        number: u64,
    },
    /// The file has this format, which pprof reads and this crate does not.
    Convertible(&'static str),
    /// A line of a heap profile as text is not valid.
    InvalidLine {
        /// The number of the line, from 1.
        number: usize,
        what: String,
    },
    /// The file is a protocol buffer whose content is not valid.
    Invalid(String),
}

impl ReadError {
    pub(super) fn at(path: &Path, kind: ReadErrorKind) -> Self {
        Self {
            path: Some(path.to_path_buf()),
            kind,
        }
    }

    /// Whether the file does not exist.
    ///
    /// ```
    /// let error = repool_pprof::Profile::open("no-such.pb.gz").unwrap_err();
    /// assert!(error.is_not_found());
    /// ```
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(&self.kind, ReadErrorKind::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl From<ReadErrorKind> for ReadError {
    fn from(kind: ReadErrorKind) -> Self {
        Self { path: None, kind }
    }
}

impl From<WireError> for ReadErrorKind {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) if path == Path::new("-") => {
                write!(f, "cannot read standard input: {}", self.kind)
            }
            Some(path) => write!(f, "cannot read {}: {}", on_one_line(path), self.kind),
            None => write!(f, "cannot read the profile: {}", self.kind),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ReadErrorKind::Io(error) | ReadErrorKind::Gzip(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for ReadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => match error.kind() {
                io::ErrorKind::NotFound => f.write_str("there is no such file; check its name"),
                io::ErrorKind::PermissionDenied => {
                    f.write_str("permission denied; ask the file's owner for read permission")
                }
                _ => write!(
                    f,
                    "{error}; copy the file to another folder and read it there"
                ),
            },
            Self::IsDirectory => f.write_str("it is a folder; name a profile in it"),
            Self::Empty => {
                f.write_str("it is empty; check that the program that wrote it has ended")
            }
            Self::NotAProfile(what) => write!(
                f,
                "it is {what}, not a profile in pprof's format; name another file"
            ),
            Self::Convertible(what) => write!(
                f,
                "it is {what}, which is not read; convert it: go tool pprof -proto PROGRAM FILE \
                 > FILE.pb.gz"
            ),
            Self::InvalidLine { number, what } => write!(
                f,
                "line {number} of the heap profile is not valid ({what}); copy or write it again"
            ),
            Self::Gzip(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("its gzip data end too early; copy or write it again")
            }
            Self::Gzip(error) => write!(f, "it is not valid gzip ({error}); copy it again"),
            Self::DecompressionBomb(most) => write!(
                f,
                "it decompresses to more than {most} bytes, the limit for a file of its size; if you \
                 trust it, decompress it with gunzip and read the result"
            ),
            Self::TooLarge => f.write_str("it has 4 GiB or more; profile for a shorter time"),
            Self::Truncated(len) => write!(
                f,
                "it is truncated: it ends within a field, after {len} bytes; copy or write it again"
            ),
            Self::Wire(error) => write!(
                f,
                "it is not a profile in pprof's format ({} at byte {}); name another file",
                match error.what {
                    WireErrorKind::Truncated | WireErrorKind::TooLong => "a truncated field",
                    WireErrorKind::Number => "a number of more than 10 bytes",
                    WireErrorKind::UnknownType => "a field of no known wire type",
                    WireErrorKind::WrongType => "a field of the wrong wire type",
                },
                error.at
            ),
            Self::Missing { what, by, number } => write!(
                f,
                "it refers to a {what} of {by} {number}, which it does not have; it is truncated, or \
                 the program that wrote it has a bug"
            ),
            Self::Invalid(what) => {
                write!(f, "{what}; the program that wrote it has a bug")
            }
        }
    }
}

/// The path with control characters escaped: file names may contain line breaks.
fn on_one_line(path: &Path) -> String {
    let escaped = |letter: char| match letter.is_control() {
        true => letter.escape_debug().to_string(),
        false => letter.to_string(),
    };
    path.to_string_lossy().chars().map(escaped).collect()
}
