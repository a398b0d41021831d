use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::graph::{Edge, Graph};
use crate::{Report, legend, measure};

/// How many functions there are if nobody says.
const NODE_COUNT: usize = 80;

/// The functions that did most, each between those that call it and those that it calls. As a text
/// it is what `go tool pprof -tree` prints.
///
/// ```no_run
/// # use repool_pprof::{Profile, Report, Settings};
/// # let profile = Profile::open("allocs.pb.gz")?;
/// let report = Report::new(profile, None, &Settings::default())?;
/// for branch in &report.tree().branches {
///     println!("{} is called by {} functions", branch.function, branch.callers.len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Tree {
    /// What the profile is of, and what of it is shown: lines of text.
    pub legend: Vec<String>,
    /// The sample type that is shown.
    pub sample_type: String,
    /// The unit of all values here.
    pub unit: String,
    /// What shares are of.
    pub total: i64,
    /// The functions, the first of them in front.
    pub branches: Vec<Branch>,
    /// The unit of figures in the text.
    #[serde(skip)]
    text_unit: String,
}

/// A function of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// What it is called; where nobody knows, its program in brackets.
    pub function: String,
    /// What it did itself.
    pub flat: i64,
    /// What it and all that it called did.
    pub cum: i64,
    /// The functions that call it, those for which it did most in front.
    pub callers: Vec<Call>,
    /// The functions that it calls, those that did most for it in front.
    pub callees: Vec<Call>,
}

/// A call from one function to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The other function.
    pub function: String,
    /// What was done by these calls.
    pub value: i64,
    /// Whether the function that is called was inlined here.
    pub inlined: bool,
}

impl Report {
    /// The functions that did most, and who calls whom.
    #[must_use]
    pub fn tree(&self) -> Tree {
        let graph = Graph::new(self, self.settings().node_count.unwrap_or(NODE_COUNT));
        let unit = graph.unit();
        let (mut callers, mut callees) = (HashMap::new(), HashMap::new());
        for edge in graph.edges().iter() {
            let call = |other| Call {
                function: graph.name(other),
                value: edge.weight,
                inlined: edge.is_inlined,
            };
            let Edge { from, to, .. } = *edge;
            let into: &mut Vec<Call> = callers.entry(to).or_default();
            into.push(call(from));
            let out: &mut Vec<Call> = callees.entry(from).or_default();
            out.push(call(to));
        }
        let branch = |at: &u32| Branch {
            function: graph.name(*at),
            flat: graph.node(*at).flat,
            cum: graph.node(*at).cum,
            callers: sorted(callers.remove(at)),
            callees: sorted(callees.remove(at)),
        };
        Tree {
            legend: legend::table(self, &unit, &graph.counts),
            sample_type: self.sample_type().0.into(),
            unit: self.sample_type().1.into(),
            total: self.total(),
            branches: graph.shown().iter().map(branch).collect(),
            text_unit: unit,
        }
    }
}

fn sorted(calls: Option<Vec<Call>>) -> Vec<Call> {
    let mut calls = calls.unwrap_or_default();
    calls.sort_by(|one, other| {
        let key = |call: &Call| (Reverse(call.value.wrapping_abs()), Reverse(call.value));
        key(one)
            .cmp(&key(other))
            .then_with(|| one.function.cmp(&other.function))
    });
    calls
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = format!("{:-<58}+{:-<13}", "", "");
        for line in self.legend.iter().chain([&rule]) {
            writeln!(f, "{line}")?;
        }
        // Tabs and a space end it, as in pprof.
        writeln!(
            f,
            "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t "
        )?;
        let label = |value| measure::label(value, &self.unit, &self.text_unit);
        let share = |value| measure::percentage(value, self.total);
        let mut sum = 0i64;
        for branch in &self.branches {
            let write_calls = |f: &mut fmt::Formatter<'_>, calls: &[Call]| {
                calls.iter().try_for_each(|call| {
                    writeln!(
                        f,
                        "{:>50} {} |   {}{}",
                        label(call.value),
                        measure::percentage(call.value, branch.cum),
                        call.function,
                        if call.inlined { " (inline)" } else { "" }
                    )
                })
            };
            writeln!(f, "{rule}")?;
            write_calls(f, &branch.callers)?;
            sum = sum.wrapping_add(branch.flat);
            writeln!(
                f,
                "{:>10} {} {} {:>10} {}                | {}",
                label(branch.flat),
                share(branch.flat),
                share(sum),
                label(branch.cum),
                share(branch.cum),
                branch.function
            )?;
            write_calls(f, &branch.callees)?;
        }
        if !self.branches.is_empty() {
            writeln!(f, "{rule}")?;
        }
        Ok(())
    }
}
