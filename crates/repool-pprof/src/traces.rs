//! The table `traces`: every sample with its stack.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::analysis::Analysis;
use crate::profile::{LabelValue, Sample};
use crate::{legend, measure, path};

/// Every sample with its labels and its stack, from [`Analysis::traces`]. `Display` prints what
/// `go tool pprof -traces` prints.
///
/// # Examples
///
/// ```
/// use repool_pprof::{Analysis, Profile, Settings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let analysis = Analysis::new(profile, None, &Settings::new().sample("alloc_space"))?;
/// for trace in &analysis.traces().traces {
///     println!("{} {}", trace.value, trace.frames[0].function);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Traces {
    /// The lines above the table: the profile's program, sample type and time.
    pub legend: Vec<String>,
    /// The name of the selected sample type.
    pub sample_type: String,
    /// The unit of all values in this struct.
    pub unit: String,
    /// The samples that have a stack, in the profile's order.
    pub traces: Vec<Trace>,
    /// The unit of values in the text form.
    #[serde(skip)]
    text_unit: String,
}

/// A sample of [`Traces`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Trace {
    /// The value of the selected sample type.
    pub value: i64,
    /// The labels as names and values: first those with strings, then those with numbers.
    pub labels: Vec<(String, String)>,
    /// The functions of the stack, the innermost first; one at least.
    pub frames: Vec<Frame>,
}

/// A function of a [`Trace`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Frame {
    /// The function's name; if it has none, the file name of its mapping in brackets.
    pub function: String,
    /// Whether the function is inlined here.
    pub inlined: bool,
}

impl Analysis {
    /// Every sample with its labels and its stack, as a table.
    #[must_use]
    pub fn traces(&self) -> Traces {
        let text_unit = &self.settings().unit;
        let samples = self.profile().samples();
        Traces {
            legend: legend::profile(self, text_unit),
            sample_type: self.sample_type().0.into(),
            unit: self.sample_type().1.into(),
            traces: samples
                .filter(|sample| !sample.locations.is_empty())
                .map(|sample| Trace {
                    value: self.value(sample),
                    labels: labels(self, sample),
                    frames: sample
                        .locations
                        .iter()
                        .flat_map(|location| frames(self, *location))
                        .collect(),
                })
                .collect(),
            text_unit: text_unit.clone(),
        }
    }
}

/// The labels of a sample, with the values of one name in one string.
fn labels(analysis: &Analysis, sample: Sample<'_>) -> Vec<(String, String)> {
    let profile = analysis.profile();
    let (mut texts, mut numbers) = (BTreeMap::new(), BTreeMap::new());
    for label in sample.labels {
        let (by_name, value) = match label.value {
            LabelValue::Text(text) => (&mut texts, profile.string(text).to_owned()),
            LabelValue::Number(number, _) => {
                let unit = analysis.label_units().get(profile, label.key);
                (&mut numbers, measure::label(number, unit, "auto"))
            }
        };
        let all: &mut Vec<String> = by_name.entry(profile.string(label.key)).or_default();
        all.push(value);
    }
    let sorted = |by_name: BTreeMap<&str, Vec<String>>| {
        let labels = by_name
            .into_iter()
            .map(|(name, values)| (name.to_owned(), values.join(" ")));
        let mut labels: Vec<(String, String)> = labels.collect();
        // pprof sorts the printed lines, in which short names begin with spaces.
        labels.sort_by_key(label_line);
        labels
    };
    [sorted(texts), sorted(numbers)].concat()
}

/// The line of a label in the text form.
fn label_line((name, value): &(String, String)) -> String {
    format!("{name:>10}:  {value}\n")
}

/// The functions at a location, the innermost first.
fn frames(analysis: &Analysis, location: u32) -> Vec<Frame> {
    let profile = analysis.profile();
    let lines = profile.lines(location);
    let program = || {
        let mapping = profile.locations()[location as usize].mapping;
        let file = mapping.map_or("", |at| {
            profile.string(profile.mappings()[at as usize].file)
        });
        match file {
            "" => "<unknown>".into(),
            file => format!("[{}]", path::base(file)),
        }
    };
    if lines.is_empty() {
        return vec![Frame {
            function: program(),
            inlined: false,
        }];
    }
    let frame = |(index, line): (usize, &crate::profile::Line)| Frame {
        function: match profile.string(profile.function(line.function).name) {
            "" => program(),
            name => name.into(),
        },
        inlined: index + 1 < lines.len(),
    };
    lines.iter().enumerate().map(frame).collect()
}

impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = format!("{:-<11}+{:-<55}", "", "");
        writeln!(f, "{}", self.legend.join("\n"))?;
        for trace in &self.traces {
            writeln!(f, "{rule}")?;
            for label in &trace.labels {
                f.write_str(&label_line(label))?;
            }
            let mut value = measure::label(trace.value, &self.unit, &self.text_unit);
            for frame in &trace.frames {
                let inlined = if frame.inlined { " (inline)" } else { "" };
                writeln!(f, "{value:>10}   {}{inlined}", frame.function)?;
                value.clear();
            }
        }
        writeln!(f, "{rule}")
    }
}
