//! [`Table`]: all comparisons as text, with what is asked of them.

use std::fmt;

use crate::applied::{Applied, Exact, Within};
use crate::comparison::Comparison;

/// The fraction of times that have to lie within their intervals.
const LEAST_WITHIN: f64 = 0.85;

/// The largest ratio of an interval's ends.
const MOST_RATIO: f64 = 4.0;

/// The comparisons of all programs.
#[derive(Default)]
pub(crate) struct Table(Vec<Comparison>);

impl Table {
    pub(crate) fn add(&mut self, comparison: Comparison) {
        self.0.push(comparison);
    }

    /// What is wrong, a line each.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flat_map(|comparison| &comparison.faults)
    }

    /// Faults that records know of, a line each.
    pub(crate) fn known(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flat_map(|comparison| &comparison.known)
    }

    fn applied(&self) -> impl Iterator<Item = &Applied> {
        self.0.iter().flat_map(|comparison| &comparison.applied)
    }

    fn summary(&self) -> Vec<String> {
        let figures = |figure: fn(&Applied) -> Exact| self.applied().map(figure);
        let exact = figures(|applied| applied.bytes)
            .chain(figures(|applied| applied.allocations))
            .map(Exact::is_right);
        let first = self.0.iter().map(|comparison| comparison.is_first_right);
        let mut lines = vec![
            format!("first group right: {}", Share::of(first)),
            format!("bytes and allocations within 5 %: {}", Share::of(exact)),
        ];
        let within: Vec<Within> = self.applied().filter_map(Applied::within).collect();
        let judged = within.iter().filter(|within| **within != Within::Noise);
        let share = Share::of(judged.map(|within| *within == Within::Yes));
        if !within.is_empty() {
            lines.push(format!(
                "times within their intervals: {share}, asked {} %; lost in noise: {}",
                100.0 * LEAST_WITHIN,
                within.len() - share.all
            ));
        }
        let ends = self.applied().filter_map(|applied| applied.predicted_ns);
        let narrow = Share::of(ends.map(|ends| ends.ratio() <= MOST_RATIO));
        let unknown = self
            .applied()
            .filter(|applied| applied.predicted_ns.is_none());
        lines.push(format!(
            "ends of intervals within a factor of {MOST_RATIO}: {narrow}; not known: {}",
            unknown.count()
        ));
        lines
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "For one operation: what the advice was predicted to save, and what it saves.\n\n\
             {:32} {:18} {:>19} {:>15} {:>17} {:>32} {:>6} {:>5}",
            "program: before, after",
            "applied",
            "bytes",
            "allocations",
            "ns predicted",
            "ns measured",
            "within",
            "ratio"
        )?;
        for comparison in &self.0 {
            if comparison.applied.is_empty() {
                writeln!(f, "{}", comparison.name)?;
            }
            for applied in &comparison.applied {
                Row {
                    comparison,
                    applied,
                }
                .fmt(f)?;
            }
        }
        writeln!(f)?;
        self.summary()
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A benchmark with advice applied.
struct Row<'a> {
    comparison: &'a Comparison,
    applied: &'a Applied,
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let applied = self.applied;
        let pair = |figure: Exact, digits: usize| {
            format!("{:.digits$} {:.digits$}", figure.predicted, figure.measured)
        };
        let unknown = || "-".to_owned();
        let ends = applied.predicted_ns;
        let measured = applied.ns.as_ref();
        writeln!(
            f,
            "{:32} {:18} {:>19} {:>15} {:>17} {:>32} {:>6} {:>5}",
            format!("{}, {}", self.comparison.name, applied.benchmark),
            applied.actions.join(" "),
            pair(applied.bytes, 1),
            pair(applied.allocations, 2),
            ends.map_or_else(unknown, |ends| format!("{:.1}–{:.1}", ends.low, ends.high)),
            measured.map_or_else(unknown, |ns| ns.to_string()),
            match applied.within() {
                Some(Within::Yes) => "yes",
                Some(Within::No) => "no",
                Some(Within::Noise) => "noise",
                None => "-",
            },
            ends.map_or_else(unknown, |ends| format!("{:.1}", ends.ratio())),
        )
    }
}

/// A number of cases that are as asked, of all.
struct Share {
    right: usize,
    all: usize,
}

impl Share {
    fn of(cases: impl Iterator<Item = bool>) -> Self {
        let mut share = Self { right: 0, all: 0 };
        for is_right in cases {
            share.right += usize::from(is_right);
            share.all += 1;
        }
        share
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = 100.0 * self.right as f64 / self.all.max(1) as f64;
        write!(f, "{} of {} ({percent:.0} %)", self.right, self.all)
    }
}
