//! The table `list`: source code with the values of each line. `function_lines` computes the values,
//! `sources` finds and reads the files.

mod function_lines;
mod sources;

use std::collections::HashMap;
use std::fmt;

use regex::Regex;
use serde::Serialize;

use crate::analysis::Analysis;
use crate::measure;
use function_lines::{FunctionLines, LineValues};
pub(crate) use sources::SourceReader;
pub use sources::Sources;
use sources::{SourceLine, SourceLines};

/// The source of functions with the values of each line, from [`Analysis::list`]. `Display` prints
/// what `go tool pprof -list REGEX` prints.
///
/// # Examples
///
/// ```
/// use repool_pprof::{Analysis, Profile, Settings, Sources};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let analysis = Analysis::new(profile, None, &Settings::new().sample("alloc_space"))?;
/// let functions = regex::Regex::new("orders::answer")?;
/// let list = analysis.list(&functions, &Sources::new())?;
/// assert_eq!(list.functions[0].function, "orders::answer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct List {
    /// The name of the selected sample type.
    pub sample_type: String,
    /// The unit of all values in this struct.
    pub unit: String,
    /// The total that percentages are relative to.
    pub total: i64,
    /// The functions, sorted by name.
    pub functions: Vec<ListedFunction>,
    /// The unit of values in the text form.
    #[serde(skip)]
    text_unit: String,
}

/// A function of a [`List`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListedFunction {
    /// The function's name.
    pub function: String,
    /// The function's source, for each file that has lines of it. Empty if the profile has no file.
    pub files: Vec<ListedFile>,
}

/// A function's source in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListedFile {
    /// The file's path in the profile, without the trimmed prefix.
    pub file: String,
    /// The sum of the flat values of the function's lines.
    pub flat: i64,
    /// The sum of the cum values of the function's lines.
    pub cum: i64,
    /// The lines of the function that exist in the file.
    pub lines: Vec<ListedLine>,
    /// Why the file could not be read; `None` if it was read.
    pub error: Option<String>,
    /// The number of the first line that is not UTF-8 in the file; `U+FFFD` replaces its invalid
    /// bytes.
    pub not_utf8: Option<i64>,
}

/// A line of source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListedLine {
    /// The line number, from 1.
    pub number: i64,
    /// The line without its line break.
    pub text: String,
    /// The value attributed to the line itself, excluding what it calls (pprof's "flat").
    pub flat: i64,
    /// The value attributed to the line and to what it calls (pprof's "cum").
    pub cum: i64,
}

/// No function with samples matches the expression of [`Analysis::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    regex: String,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no matches found for regexp: {}", self.regex)
    }
}

impl std::error::Error for ListError {}

/// The number of lines before the first and behind the last line with a value; pprof's number.
const MARGIN: i64 = 5;

impl Analysis {
    /// The source of all functions whose names match, as a table.
    ///
    /// A file that cannot be read is not an error; see [`ListedFile::error`].
    ///
    /// # Errors
    ///
    /// If no function with samples matches.
    pub fn list(&self, functions: &Regex, sources: &Sources) -> Result<List, ListError> {
        let found = FunctionLines::of(self, functions, sources);
        if found.by_name.is_empty() {
            return Err(ListError {
                regex: functions.to_string(),
            });
        }
        let mut reader = SourceReader::new(sources);
        let listed = found.by_name.into_iter().map(|(function, files)| {
            let files = files.into_iter();
            ListedFunction {
                function: function.into(),
                files: files
                    .map(|(file, lines)| listed_file(file, &lines, &mut reader))
                    .collect(),
            }
        });
        Ok(List {
            sample_type: self.sample_type().0.into(),
            unit: self.sample_type().1.into(),
            total: self.total(),
            functions: listed.collect(),
            text_unit: self.settings().unit.clone(),
        })
    }
}

/// A function's source in a file, with the values of its lines.
fn listed_file(file: String, values: &[LineValues], reader: &mut SourceReader) -> ListedFile {
    let sum =
        |value: fn(&LineValues) -> i64| values.iter().map(value).fold(0_i64, i64::wrapping_add);
    let start = |line: &LineValues| match line.start_line {
        0 => line.line.saturating_sub(MARGIN),
        start => start,
    };
    let first = values.iter().map(start).min().unwrap_or(1).max(1);
    let last = values.iter().map(|line| line.line).max().unwrap_or(0);
    let last = last.saturating_add(MARGIN);
    // pprof does not open a file of which it needs no line, so it does not report that it is missing.
    let source = match first <= last {
        true => Some(reader.read(&file)),
        false => reader.known(&file),
    };
    let (mut listed, mut error, mut not_utf8) = (Vec::new(), None, None);
    match source {
        Some(Ok(source)) => {
            listed = lines(source, first, last, values);
            let numbered = listed.iter().map(|line| line.number);
            let at = |number: &i64| usize::try_from(number - 1).unwrap_or_default();
            not_utf8 = numbered
                .into_iter()
                .find(|number| !source[at(number)].is_utf8);
        }
        Some(Err(found)) => error = Some(found.clone()),
        None => {}
    }
    ListedFile {
        file,
        flat: sum(|line| line.flat),
        cum: sum(|line| line.cum),
        lines: listed,
        error,
        not_utf8,
    }
}

/// The lines from `first` to `last` of a file, with their values.
fn lines(source: &SourceLines, first: i64, last: i64, values: &[LineValues]) -> Vec<ListedLine> {
    let mut sums: HashMap<i64, (i64, i64)> = HashMap::new();
    for line in values {
        let (flat, cum) = sums.entry(line.line).or_default();
        *flat = flat.wrapping_add(line.flat);
        *cum = cum.wrapping_add(line.cum);
    }
    let numbered = (1..).zip(source);
    let chosen = numbered
        .skip_while(|(number, _)| *number < first)
        .take_while(|(number, _)| *number <= last);
    let line = |(number, line): (i64, &SourceLine)| {
        let (flat, cum) = sums.get(&number).copied().unwrap_or_default();
        ListedLine {
            number,
            text: line.text.clone(),
            flat,
            cum,
        }
    };
    chosen.map(line).collect()
}

impl List {
    /// A sentence for each file with lines that are not UTF-8, and therefore not shown as they are.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let files = self.functions.iter().flat_map(|function| &function.files);
        let mut warnings: Vec<String> = files
            .filter_map(|file| {
                let line = file.not_utf8?;
                let name = &file.file;
                Some(format!(
                    "{name}:{line} is not UTF-8 (Latin-1?): U+FFFD replaces the invalid bytes"
                ))
            })
            .collect();
        warnings.dedup();
        warnings
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = |value| measure::label(value, &self.unit, &self.text_unit);
        let label_or_dot = |value| match value {
            0 => ".".into(),
            value => label(value),
        };
        writeln!(f, "Total: {}", label(self.total))?;
        for ListedFunction { function, files } in &self.functions {
            if files.is_empty() {
                writeln!(f, "No source information for {function}")?;
            }
            for file in files {
                writeln!(f, "ROUTINE {:=<24} {function} in {}", "", file.file)?;
                writeln!(
                    f,
                    "{:>10} {:>10} (flat, cum) {} of Total",
                    label(file.flat),
                    label(file.cum),
                    measure::percentage(file.cum, self.total)
                )?;
                if let Some(error) = &file.error {
                    writeln!(f, " Error: {error}")?;
                }
                for line in &file.lines {
                    writeln!(
                        f,
                        "{:>10} {:>10} {:>6}:{}",
                        label_or_dot(line.flat),
                        label_or_dot(line.cum),
                        line.number,
                        line.text
                    )?;
                }
            }
        }
        Ok(())
    }
}
