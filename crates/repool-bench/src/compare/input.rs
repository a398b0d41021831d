//! The inputs of a comparison, and the errors of reading them.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::encoding;

/// The most bytes that [`read_file`] reads: 256 MiB, some two million lines.
pub const LARGEST_FILE: u64 = 256 << 20;

/// The results of one run: a column of the table.
///
/// Inputs with the same label share a column, their measurements pooled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Input {
    /// The column's name.
    pub label: String,
    /// Its name in messages: the path.
    pub file: String,
    /// Lines in Go's benchmark format, or documents of [`Report`](crate::Report) in JSON.
    pub text: String,
}

impl Input {
    /// Results in memory; the label is their name in messages, too.
    ///
    /// ```
    /// use repool_bench::compare::Input;
    ///
    /// let input = Input::new("old", "BenchmarkLog-2 1000 171 ns/op\n");
    /// assert_eq!((input.label.as_str(), input.file.as_str()), ("old", "old"));
    /// ```
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        let label = label.into();
        Self {
            file: label.clone(),
            label,
            text: text.into(),
        }
    }

    /// The files that a command line names: each a path, `-` for the standard input, or
    /// `LABEL=PATH`. A path that is named more than once without a label becomes `PATH#0`,
    /// `PATH#1` and so on, as with benchstat.
    ///
    /// # Errors
    ///
    /// If a file cannot be read; see [`read_file`].
    ///
    /// ```no_run
    /// let inputs = repool_bench::compare::Input::open(["before.txt", "after=new.txt"])?;
    /// assert_eq!(inputs[1].label, "after");
    /// # Ok::<(), repool_bench::compare::CompareError>(())
    /// ```
    pub fn open<S: AsRef<str>>(
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Vec<Self>, CompareError> {
        let arguments: Vec<S> = arguments.into_iter().collect();
        let named = named(arguments.iter().map(AsRef::as_ref));
        if let Some((label, _)) = named.iter().find(|(_, path)| path.is_empty()) {
            return Err(CompareError::new(format!(
                "{label}= has no file; name it behind the ="
            )));
        }
        if named.iter().filter(|(_, path)| *path == "-").count() > 1 {
            return Err(CompareError::new(
                "-: standard input can be read once only; write one of the results to a file"
                    .into(),
            ));
        }
        named
            .into_iter()
            .map(|(label, path)| {
                let text = read_file(path)?;
                Ok(Self {
                    label,
                    file: path.into(),
                    text,
                })
            })
            .collect()
    }
}

/// Labels and paths.
fn named<'a>(arguments: impl Iterator<Item = &'a str>) -> Vec<(String, &'a str)> {
    let split = |argument: &'a str| match argument.split_once('=') {
        Some((label, path)) => (Some(label), path),
        None => (None, argument),
    };
    let arguments: Vec<_> = arguments.map(split).collect();
    let mut times = HashMap::<&str, usize>::new();
    for (label, path) in &arguments {
        *times.entry(path).or_default() += usize::from(label.is_none());
    }
    let mut seen = HashMap::<&str, usize>::new();
    let label_of = |(label, path): (Option<&str>, &'a str)| {
        let label = match label {
            Some(label) => label.into(),
            None if times[path] == 1 => path.into(),
            None => {
                let index = seen.entry(path).or_default();
                *index += 1;
                format!("{path}#{}", *index - 1)
            }
        };
        (label, path)
    };
    arguments.into_iter().map(label_of).collect()
}

/// The text of a file, or of the standard input where the path is `-`: in UTF-16 if it begins with
/// that byte order mark (`PowerShell` redirects write it), else in UTF-8.
///
/// # Errors
///
/// If it cannot be read, is a directory, is larger than [`LARGEST_FILE`], or is not text in its
/// encoding: bytes that are not UTF-8 (Latin-1, say), UTF-16 with a lone surrogate or an odd number
/// of bytes, zero bytes without a byte order mark. The error names the line or the byte.
///
/// ```
/// use repool_bench::compare::read_file;
///
/// let error = read_file("no/such/file").unwrap_err();
/// assert_eq!(error.to_string(), "no/such/file: there is no such file; check its name");
/// ```
pub fn read_file(path: &str) -> Result<String, CompareError> {
    let fail = |what: String| CompareError::new(format!("{path}: {what}"));
    let read = |source: &mut dyn Read| {
        let mut bytes = Vec::new();
        source.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    };
    let bytes = if path == "-" {
        read(&mut io::stdin().lock())
    } else if Path::new(path).is_dir() {
        return Err(fail("is a directory; name the files in it".into()));
    } else {
        File::open(path).and_then(|mut file| read(&mut file))
    };
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => fail("there is no such file; check its name".into()),
        _ => fail(format!("cannot be read: {error}; name another file")),
    })?;
    if bytes.len() as u64 > LARGEST_FILE {
        let most = LARGEST_FILE >> 20;
        let what = format!("is larger than {most} MiB; keep only the lines of benchmarks");
        return Err(fail(what));
    }
    encoding::decode(bytes).map_err(|error| fail(error.to_string()))
}

/// A line that was left out because it could not be parsed. It displays as `file:line: message`.
///
/// ```
/// use repool_bench::compare::{Comparison, Input, Options};
///
/// let results = "BenchmarkLog-2 1000 171 ns/op\nBenchmarkLog-2 1000 fast ns/op\n";
/// let comparison = Comparison::read(&[Input::new("old", results)], Options::default())?;
/// let warning = comparison.warnings[0].to_string();
/// assert_eq!(warning, "old:2: parsing measurement: invalid syntax");
/// # Ok::<(), repool_bench::compare::CompareError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The file.
    pub file: String,
    /// The line's number, from 1 on.
    pub line: usize,
    /// The error, without the place.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            message,
        } = self;
        write!(f, "{file}:{line}: {message}")
    }
}

/// Why results cannot be compared: one line with the error, its place, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompareError {
    message: String,
}

impl CompareError {
    pub(super) fn new(message: String) -> Self {
        Self { message }
    }
}

impl fmt::Display for CompareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CompareError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_repeated_paths_are_numbered() {
        let arguments = ["a", "b", "new=a", "a", "old=c", "x=y=z", "=d"];
        let labels: Vec<_> = named(arguments.into_iter());
        let expected = [
            ("a#0", "a"),
            ("b", "b"),
            ("new", "a"),
            ("a#1", "a"),
            ("old", "c"),
            ("x", "y=z"),
            ("", "d"),
        ];
        assert_eq!(labels, expected.map(|(label, path)| (label.into(), path)));
    }

    #[test]
    fn what_names_no_file_or_standard_input_twice_is_refused() {
        let problem = |arguments: &[&str]| Input::open(arguments).unwrap_err().to_string();
        assert_eq!(problem(&["x="]), "x= has no file; name it behind the =");
        let twice = problem(&["-", "new=-"]);
        assert!(twice.starts_with("-: standard input can be read once only; "));
    }

    #[test]
    fn what_cannot_be_read_is_said_in_one_line() {
        let missing = read_file("no/such/file").unwrap_err().to_string();
        assert_eq!(
            missing,
            "no/such/file: there is no such file; check its name"
        );
        let directory = read_file("src").unwrap_err().to_string();
        assert_eq!(directory, "src: is a directory; name the files in it");
    }
}
