//! The table `tree`: functions with their callers and callees.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::analysis::Analysis;
use crate::graph::{Edge, Graph};
use crate::{legend, measure};

/// The most functions in a tree unless the settings have a number; pprof's default.
const DEFAULT_NODE_COUNT: usize = 80;

/// The functions with the largest values, each with its callers and callees, from [`Analysis::tree`].
/// `Display` prints what `go tool pprof -tree` prints.
///
/// # Examples
///
/// ```
/// use repool_pprof::{Analysis, Profile, Settings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let analysis = Analysis::new(profile, None, &Settings::new().sample("alloc_space"))?;
/// let branch = &analysis.tree().branches[0];
/// assert_eq!(branch.function, "orders::answer");
/// assert_eq!(branch.callers[0].function, "orders::serve");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Tree {
    /// The lines above the table: the profile's program, sample type and time, and what the table
    /// omits.
    pub legend: Vec<String>,
    /// The name of the selected sample type.
    pub sample_type: String,
    /// The unit of all values in this struct.
    pub unit: String,
    /// The total that percentages are relative to.
    pub total: i64,
    /// The functions in the order of the table.
    pub branches: Vec<Branch>,
    /// The unit of values in the text form.
    #[serde(skip)]
    text_unit: String,
}

/// A function of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Branch {
    /// The function's name; if it has none, the file name of its mapping in brackets.
    pub function: String,
    /// The value attributed to the function itself, excluding its callees (pprof's "flat").
    pub flat: i64,
    /// The value attributed to the function and to its callees (pprof's "cum").
    pub cum: i64,
    /// The functions that call it, by the value of these calls.
    pub callers: Vec<Call>,
    /// The functions that it calls, by the value of these calls.
    pub callees: Vec<Call>,
}

/// The calls from one function to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// The name of the other function.
    pub function: String,
    /// The value of the samples whose stacks have such a call.
    pub value: i64,
    /// Whether the callee is inlined in all of these calls.
    pub inlined: bool,
}

impl Analysis {
    /// The functions with the largest values, each with its callers and callees, as a table.
    #[must_use]
    pub fn tree(&self) -> Tree {
        let graph = Graph::new(
            self,
            self.settings().node_count.unwrap_or(DEFAULT_NODE_COUNT),
        );
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

/// Calls by value, then by name.
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
        // pprof's line ends with these tabs and spaces.
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
