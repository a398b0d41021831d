//! The table `top`: functions by their values.

use std::fmt;

use serde::Serialize;

use crate::analysis::Analysis;
use crate::graph::Graph;
use crate::{legend, measure};

/// The functions with the largest values, from [`Analysis::top`]. `Display` prints what
/// `go tool pprof -top` prints.
///
/// # Examples
///
/// ```
/// use repool_pprof::{Analysis, Profile, Settings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let analysis = Analysis::new(profile, None, &Settings::new().sample("alloc_space"))?;
/// let top = analysis.top();
/// assert_eq!(top.rows[0].function, "orders::answer");
/// assert!(top.rows[0].flat <= top.rows[0].cum);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Top {
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
    pub rows: Vec<Row>,
    /// The unit of values in the text form.
    #[serde(skip)]
    text_unit: String,
}

/// A function of a [`Top`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The function's name; if it has none, the file name of its mapping in brackets.
    pub function: String,
    /// The value attributed to the function itself, excluding its callees (pprof's "flat").
    pub flat: i64,
    /// The value attributed to the function and to its callees (pprof's "cum").
    pub cum: i64,
    /// Whether the function was inlined into its callers.
    pub inlined: Inlined,
}

/// Whether a function was inlined into its callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Inlined {
    /// Into none of its callers.
    #[default]
    No,
    /// Into some of its callers; pprof's "partial-inline".
    Partly,
    /// Into all of its callers; pprof's "inline".
    Wholly,
}

impl Analysis {
    /// The functions with the largest values, as a table.
    #[must_use]
    pub fn top(&self) -> Top {
        let graph = Graph::new(self, self.settings().node_count.unwrap_or(0));
        let unit = graph.unit();
        // For each function: whether a caller inlines it, and whether one does not.
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
