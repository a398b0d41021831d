//! Source code with what each of its lines did.

mod lines;
mod sources;

use std::collections::HashMap;
use std::fmt;

use regex::Regex;
use serde::Serialize;

use crate::{Report, measure};
use lines::{Counted, Functions};
pub use sources::Sources;
use sources::{Reader, SourceLine, Texts};

/// The source of functions, with what each line did. As a text it is what
/// `go tool pprof -list REGEX` prints.
///
/// ```no_run
/// # use repool_pprof::{Profile, Report, Settings, Sources};
/// # let profile = Profile::open("allocs.pb.gz")?;
/// let report = Report::new(profile, None, &Settings::default())?;
/// let functions = regex::Regex::new("log")?;
/// print!("{}", report.list(&functions, &Sources::default())?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct List {
    /// The sample type that is shown.
    pub sample_type: String,
    /// The unit of all values here.
    pub unit: String,
    /// What shares are of.
    pub total: i64,
    /// The functions by their names.
    pub functions: Vec<ListedFunction>,
    /// The unit of figures in the text.
    #[serde(skip)]
    text_unit: String,
}

/// A function of a [`List`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedFunction {
    /// What it is called.
    pub function: String,
    /// Its code, for each of the files that it is in; nothing where nobody knows any.
    pub files: Vec<ListedFile>,
}

/// A function's code in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedFile {
    /// The file's path, as it is in the profile but for what is trimmed off.
    pub file: String,
    /// What the function's lines did themselves.
    pub flat: i64,
    /// What they and all that they called did: the sum of all lines.
    pub cum: i64,
    /// The lines of the function, as far as the file has them.
    pub lines: Vec<ListedLine>,
    /// Why there are no lines, if the file was not found.
    pub error: Option<String>,
    /// The first of the lines that is not UTF-8 in the file: bytes of it are `U+FFFD` here.
    pub not_utf8: Option<i64>,
}

/// A line of source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedLine {
    /// Which it is; the first is 1.
    pub number: i64,
    /// What is in it.
    pub text: String,
    /// What it did itself.
    pub flat: i64,
    /// What it and all that it called did.
    pub cum: i64,
}

/// No function has such a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NothingListed {
    regex: String,
}

impl fmt::Display for NothingListed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no matches found for regexp: {}", self.regex)
    }
}

impl std::error::Error for NothingListed {}

/// Lines before and behind those that did something.
const MARGIN: i64 = 5;

impl Report {
    /// The source of all functions whose names match.
    ///
    /// # Errors
    ///
    /// If there is none of which the samples have anything.
    pub fn list(&self, functions: &Regex, sources: &Sources) -> Result<List, NothingListed> {
        let found = Functions::of(self, functions, sources);
        if found.by_name.is_empty() {
            return Err(NothingListed {
                regex: functions.to_string(),
            });
        }
        let mut reader = Reader::new(sources);
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

fn listed_file(file: String, counted: &[Counted], reader: &mut Reader) -> ListedFile {
    let sum = |value: fn(&Counted) -> i64| {
        let values = counted.iter().map(value);
        values.fold(0_i64, i64::wrapping_add)
    };
    let start = |line: &Counted| match line.start_line {
        0 => line.line.saturating_sub(MARGIN),
        start => start,
    };
    let first = counted.iter().map(start).min().unwrap_or(1).max(1);
    let last = counted.iter().map(|line| line.line).max().unwrap_or(0);
    let last = last.saturating_add(MARGIN);
    // As pprof does not read what it needs no line of, it does not know then that nothing is there.
    let texts = match first <= last {
        true => Some(reader.read(&file)),
        false => reader.known(&file),
    };
    let (mut listed, mut error, mut not_utf8) = (Vec::new(), None, None);
    match texts {
        Some(Ok(texts)) => {
            listed = lines(texts, first, last, counted);
            let numbered = listed.iter().map(|line| line.number);
            let at = |number: &i64| usize::try_from(number - 1).unwrap_or_default();
            not_utf8 = numbered
                .into_iter()
                .find(|number| !texts[at(number)].is_utf8);
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

fn lines(texts: &Texts, first: i64, last: i64, counted: &[Counted]) -> Vec<ListedLine> {
    let mut sums: HashMap<i64, (i64, i64)> = HashMap::new();
    for line in counted {
        let (flat, cum) = sums.entry(line.line).or_default();
        *flat = flat.wrapping_add(line.flat);
        *cum = cum.wrapping_add(line.cum);
    }
    let numbered = (1..).zip(texts);
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
    /// Lines that are not shown as they are in their files, since they are not UTF-8: a sentence
    /// for each file.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let files = self.functions.iter().flat_map(|function| &function.files);
        let mut warnings: Vec<String> = files
            .filter_map(|file| {
                let line = file.not_utf8?;
                let name = &file.file;
                Some(format!(
                    "{name}:{line} is not UTF-8 (Latin-1?): U+FFFD stands for the bytes that are not"
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
