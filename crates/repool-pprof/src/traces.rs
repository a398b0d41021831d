use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::profile::{LabelValue, Sample};
use crate::{Report, legend, measure, path};

/// Every sample with its labels and its stack. As a text it is what `go tool pprof -traces` prints.
///
/// ```no_run
/// # use repool_pprof::{Profile, Report, Settings};
/// # let profile = Profile::open("allocs.pb.gz")?;
/// let report = Report::new(profile, None, &Settings::default())?;
/// for trace in &report.traces().traces {
///     println!("{} {}", trace.value, trace.frames[0].function);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Traces {
    /// What the profile is of: lines of text.
    pub legend: Vec<String>,
    /// The sample type that is shown.
    pub sample_type: String,
    /// The unit of all values here.
    pub unit: String,
    /// The samples that have a stack, in the profile's order.
    pub traces: Vec<Trace>,
    /// The unit of figures in the text.
    #[serde(skip)]
    text_unit: String,
}

/// A sample of [`Traces`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// How much it stands for.
    pub value: i64,
    /// Its labels, each as a name and what it says: first the texts, then the numbers.
    pub labels: Vec<(String, String)>,
    /// Its functions, the innermost first; there is one at least.
    pub frames: Vec<Frame>,
}

/// A function of a [`Trace`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// What it is called; where nobody knows, its program in brackets.
    pub function: String,
    /// Whether it was inlined here.
    pub inlined: bool,
}

impl Report {
    /// Every sample with its labels and its stack.
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

fn labels(report: &Report, sample: Sample<'_>) -> Vec<(String, String)> {
    let profile = report.profile();
    let (mut texts, mut numbers) = (BTreeMap::new(), BTreeMap::new());
    for label in sample.labels {
        let (of_kind, said) = match label.value {
            LabelValue::Text(text) => (&mut texts, profile.text(text).to_owned()),
            LabelValue::Number(number, _) => {
                let unit = report.label_units().get(profile, label.key);
                (&mut numbers, measure::label(number, unit, "auto"))
            }
        };
        let all: &mut Vec<String> = of_kind.entry(profile.text(label.key)).or_default();
        all.push(said);
    }
    let sorted = |of_kind: BTreeMap<&str, Vec<String>>| {
        let labels = of_kind
            .into_iter()
            .map(|(key, said)| (key.to_owned(), said.join(" ")));
        let mut labels: Vec<(String, String)> = labels.collect();
        // As lines, where short names begin with spaces.
        labels.sort_by_key(label_line);
        labels
    };
    [sorted(texts), sorted(numbers)].concat()
}

fn label_line((key, said): &(String, String)) -> String {
    format!("{key:>10}:  {said}\n")
}

/// The functions at a location, the innermost first.
fn frames(report: &Report, location: u32) -> Vec<Frame> {
    let profile = report.profile();
    let lines = profile.lines(location);
    let program = || {
        let mapping = profile.locations()[location as usize].mapping;
        let file = mapping.map_or("", |at| profile.text(profile.mappings()[at as usize].file));
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
    let frame = |(at, line): (usize, &crate::profile::Line)| Frame {
        function: match profile.text(profile.function(line.function).name) {
            "" => program(),
            name => name.into(),
        },
        inlined: at + 1 < lines.len(),
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
