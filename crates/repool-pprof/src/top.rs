use std::fmt;

use serde::Serialize;

use crate::graph::Graph;
use crate::{Report, legend, measure};

/// The functions that did most. As a text it is what `go tool pprof -top` prints.
///
/// ```no_run
/// # use repool_pprof::{Profile, Report, Settings};
/// # let profile = Profile::open("allocs.pb.gz")?;
/// let report = Report::new(profile, None, &Settings::default())?;
/// for row in &report.top().rows {
///     println!("{} {}", row.flat, row.function);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Top {
    /// What the profile is of, and what of it is shown: lines of text.
    pub legend: Vec<String>,
    /// The sample type that is shown.
    pub sample_type: String,
    /// The unit of all values here.
    pub unit: String,
    /// What shares are of.
    pub total: i64,
    /// The functions, the first of them in front.
    pub rows: Vec<Row>,
    /// The unit of figures in the text.
    #[serde(skip)]
    text_unit: String,
}

/// A function of a [`Top`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What it is called; where nobody knows, its program in brackets.
    pub function: String,
    /// What it did itself.
    pub flat: i64,
    /// What it and all that it called did.
    pub cum: i64,
    /// Whether it was inlined into its callers.
    pub inlined: Inlined,
}

/// Whether a function was inlined into its callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inlined {
    /// Into none.
    #[default]
    No,
    /// Into some.
    Partly,
    /// Into all.
    Wholly,
}

impl Report {
    /// The functions that did most.
    #[must_use]
    pub fn top(&self) -> Top {
        let graph = Graph::new(self, self.settings().node_count.unwrap_or(0));
        let unit = graph.unit();
        // By place: into a caller, into another not.
        let mut callers = std::collections::HashMap::new();
        for edge in graph.edges_into_inlined().iter() {
            let (inlined, called) = callers.entry(edge.to).or_insert((false, false));
            *inlined |= edge.is_inlined;
            *called |= !edge.is_inlined;
        }
        let row = |at: &u32| Row {
            function: graph.name(*at),
            flat: graph.node(*at).flat,
            cum: graph.node(*at).cum,
            inlined: match callers.get(at) {
                Some((true, true)) => Inlined::Partly,
                Some((true, false)) => Inlined::Wholly,
                _ => Inlined::No,
            },
        };
        Top {
            legend: legend::table(self, &unit, &graph.counts),
            sample_type: self.sample_type().0.into(),
            unit: self.sample_type().1.into(),
            total: self.total(),
            rows: graph.shown().iter().map(row).collect(),
            text_unit: unit,
        }
    }
}

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.legend {
            writeln!(f, "{line}")?;
        }
        writeln!(f, "      flat  flat%   sum%        cum   cum%")?;
        let label = |value| measure::label(value, &self.unit, &self.text_unit);
        let share = |value| measure::percentage(value, self.total);
        let mut sum = 0i64;
        for row in &self.rows {
            sum = sum.wrapping_add(row.flat);
            writeln!(
                f,
                "{:>10} {} {} {:>10} {}  {}{}",
                label(row.flat),
                share(row.flat),
                share(sum),
                label(row.cum),
                share(row.cum),
                row.function,
                match row.inlined {
                    Inlined::No => "",
                    Inlined::Partly => " (partial-inline)",
                    Inlined::Wholly => " (inline)",
                }
            )?;
        }
        Ok(())
    }
}
