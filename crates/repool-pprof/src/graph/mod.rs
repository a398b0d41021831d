//! The call graph of an analysis: functions with flat and cum (`node_table`), and the calls between
//! them (`edges`). `top` and `tree` are made from it.

mod edges;
mod node_table;

use std::cmp::{Ordering, Reverse};

pub(crate) use edges::{Edge, Edges};
pub(crate) use node_table::Node;
use node_table::NodeTable;

use crate::analysis::Analysis;
use crate::measure;

/// Functions whose cum is less than this fraction of the total are omitted; pprof's `-nodefraction`.
pub(crate) const NODE_FRACTION: f64 = 0.005;

/// Calls whose value is less than this fraction of the total are omitted; pprof's `-edgefraction`.
const EDGE_FRACTION: f64 = 0.001;

/// The numbers of shown and omitted functions.
pub(crate) struct NodeCounts {
    /// The sum of the flat values of the shown functions.
    pub(crate) flat_sum: i64,
    /// The number of shown functions.
    pub(crate) nodes: usize,
    /// The number of functions before the limit was applied, without those that are too small.
    pub(crate) nodes_before: usize,
    /// The number of functions that are too small.
    pub(crate) dropped: usize,
}

/// The functions of an analysis that a table shows, in order.
pub(crate) struct Graph<'a> {
    analysis: &'a Analysis,
    nodes: NodeTable,
    /// Indices of the shown nodes, in the table's order.
    shown: Vec<u32>,
    /// For each node: whether edges begin and end at it. A node whose value is 0 after a base was
    /// subtracted is not shown; it is kept as long as no node is omitted for its size or the limit.
    kept: Vec<bool>,
    /// The least absolute value of a shown edge.
    edge_cutoff: i64,
    pub(crate) counts: NodeCounts,
}

impl<'a> Graph<'a> {
    /// A graph of at most `limit` functions; 0 is no limit.
    pub(crate) fn new(analysis: &'a Analysis, limit: usize) -> Self {
        let nodes = NodeTable::of(analysis);
        let mut shown: Vec<u32> = (0..nodes.len())
            .filter(|at| nodes[*at].flat != 0 || nodes[*at].cum != 0)
            .collect();
        let total = flat_sum(&nodes, &shown);
        let cutoff = |fraction: f64| measure::whole(total as f64 * fraction).wrapping_abs();
        let mut kept = vec![true; nodes.len() as usize];
        let mut keep_only = |shown: &[u32]| {
            kept.fill(false);
            for at in shown {
                kept[*at as usize] = true;
            }
        };

        let all = shown.len();
        let node_cutoff = cutoff(NODE_FRACTION);
        if node_cutoff > 0 {
            shown.retain(|at| nodes[*at].cum.wrapping_abs() >= node_cutoff);
            if shown.len() < all {
                keep_only(&shown);
            }
        }
        let before = shown.len();
        sort(&nodes, &mut shown, analysis);
        if limit > 0 && limit < before {
            shown.truncate(limit);
            keep_only(&shown);
        }
        Self {
            analysis,
            counts: NodeCounts {
                flat_sum: flat_sum(&nodes, &shown),
                nodes: shown.len(),
                nodes_before: before,
                dropped: all - before,
            },
            edge_cutoff: cutoff(EDGE_FRACTION),
            nodes,
            shown,
            kept,
        }
    }

    /// The indices of the shown nodes, in the table's order.
    pub(crate) fn shown(&self) -> &[u32] {
        &self.shown
    }

    /// The node with this index.
    pub(crate) fn node(&self, at: u32) -> &Node {
        &self.nodes[at]
    }

    /// The name of the node with this index.
    pub(crate) fn name(&self, at: u32) -> String {
        self.nodes[at].name(self.analysis.profile())
    }

    /// The edges between nodes.
    pub(crate) fn edges(&self) -> Edges {
        self.edges_into(|_| true)
    }

    /// The edges to functions that are inlined somewhere.
    pub(crate) fn edges_into_inlined(&self) -> Edges {
        let inlined = self.nodes.inlined();
        self.edges_into(|at| inlined[at as usize])
    }

    /// The edges to the nodes for which `is_wanted` is true.
    fn edges_into(&self, is_wanted: impl Fn(u32) -> bool) -> Edges {
        let mut edges = Edges::collect(self.analysis, &self.nodes, &self.kept, is_wanted);
        let mut is_shown = vec![false; self.kept.len()];
        for at in &self.shown {
            is_shown[*at as usize] = true;
        }
        // pprof omits small edges only if it shows the callee.
        edges.retain(|edge| {
            edge.weight.wrapping_abs() >= self.edge_cutoff || !is_shown[edge.to as usize]
        });
        edges
    }

    /// The unit of values in the text form. For `minimum`, selects as pprof does: the unit that
    /// suits the smallest value, or 100 times the smallest value if the total suits another unit.
    pub(crate) fn unit(&self) -> String {
        let (unit, sample_unit) = (
            &self.analysis.settings().unit,
            self.analysis.sample_type().1,
        );
        if unit != "minimum" || self.shown.is_empty() {
            return unit.clone();
        }
        let largest = self.analysis.total();
        let smallest = self.shown.iter().map(|at| match &self.nodes[*at] {
            Node { flat: 0, cum, .. } => cum.wrapping_abs(),
            node => node.flat.wrapping_abs(),
        });
        let smallest = smallest.filter(|value| *value > 0).min().unwrap_or(largest);
        let unit = |value| measure::scale(value, sample_unit, "minimum").1;
        let mut best = unit(smallest);
        if best != unit(largest) && smallest.wrapping_mul(100) < largest {
            best = unit(smallest.wrapping_mul(100));
        }
        match best {
            "" => sample_unit.into(),
            best => best.into(),
        }
    }
}

/// The sum of the flat values of nodes.
fn flat_sum(nodes: &NodeTable, indices: &[u32]) -> i64 {
    indices
        .iter()
        .fold(0, |sum, at| sum.wrapping_add(nodes[*at].flat))
}

/// Sorts nodes by flat or cum, then by name.
fn sort(nodes: &NodeTable, shown: &mut [u32], analysis: &Analysis) {
    let profile = analysis.profile();
    let by_name = |one: &Node, other: &Node| -> Ordering {
        match (one.plain_name(profile), other.plain_name(profile)) {
            (Some(one), Some(other)) => one.cmp(other),
            _ => one.name(profile).cmp(&other.name(profile)),
        }
    };
    shown.sort_by(|one, other| {
        let (one, other) = (&nodes[*one], &nodes[*other]);
        let size = |node: &Node| match analysis.settings().cum {
            true => (node.cum.wrapping_abs(), node.flat.wrapping_abs()),
            false => (node.flat.wrapping_abs(), node.cum.wrapping_abs()),
        };
        let (first, second) = (size(one), size(other));
        Reverse(first.0)
            .cmp(&Reverse(second.0))
            .then_with(|| by_name(one, other))
            .then_with(|| Reverse(first.1).cmp(&Reverse(second.1)))
    });
}
