//! Functions, what each of them did, and who called whom.

mod edges;
mod nodes;

use std::cmp::{Ordering, Reverse};

pub(crate) use edges::{Edge, Edges};
pub(crate) use nodes::Node;
use nodes::Nodes;

use crate::{Report, measure};

/// Functions that are in less than this share of all samples are not shown,
pub(crate) const NODE_FRACTION: f64 = 0.005;

/// nor are calls.
const EDGE_FRACTION: f64 = 0.001;

/// What is shown of all that there is.
pub(crate) struct Shown {
    /// The sum of what the shown functions did themselves.
    pub(crate) total: i64,
    /// How many functions.
    pub(crate) nodes: usize,
    /// How many there were, without those that were too small.
    pub(crate) nodes_before: usize,
    /// How many were too small.
    pub(crate) dropped: usize,
}

/// The functions of a report that are large enough to be shown, in order.
pub(crate) struct Graph<'a> {
    report: &'a Report,
    nodes: Nodes,
    /// Places of nodes.
    shown: Vec<u32>,
    /// Of each node, whether stacks are to go through it. Those of which nothing is left after a
    /// base was taken off are not shown, but stay in stacks, as long as nothing else is cut.
    kept: Vec<bool>,
    edge_cutoff: i64,
    pub(crate) counts: Shown,
}

impl<'a> Graph<'a> {
    /// At most `limit` functions; 0 is all.
    pub(crate) fn new(report: &'a Report, limit: usize) -> Self {
        let nodes = Nodes::of(report);
        let mut shown: Vec<u32> = (0..nodes.len())
            .filter(|at| nodes[*at].flat != 0 || nodes[*at].cum != 0)
            .collect();
        let total = sum(&nodes, &shown);
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
        sort(&nodes, &mut shown, report);
        if limit > 0 && limit < before {
            shown.truncate(limit);
            keep_only(&shown);
        }
        Self {
            report,
            counts: Shown {
                total: sum(&nodes, &shown),
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

    /// The places of what is shown, in order.
    pub(crate) fn shown(&self) -> &[u32] {
        &self.shown
    }

    pub(crate) fn node(&self, at: u32) -> &Node {
        &self.nodes[at]
    }

    /// What a function is called, or else its program.
    pub(crate) fn name(&self, at: u32) -> String {
        self.nodes[at].name(self.report.profile())
    }

    /// The calls between functions that are shown.
    pub(crate) fn edges(&self) -> Edges {
        self.edges_into(|_| true)
    }

    /// Those calls of functions that may have been inlined.
    pub(crate) fn edges_into_inlined(&self) -> Edges {
        let inlined = self.nodes.inlined();
        self.edges_into(|at| inlined[at as usize])
    }

    fn edges_into(&self, is_wanted: impl Fn(u32) -> bool) -> Edges {
        let mut edges = Edges::of(self.report, &self.nodes, &self.kept, is_wanted);
        let mut is_shown = vec![false; self.kept.len()];
        for at in &self.shown {
            is_shown[*at as usize] = true;
        }
        // pprof looks for calls to cut only where it shows what is called.
        edges.retain(|edge| {
            edge.weight.wrapping_abs() >= self.edge_cutoff || !is_shown[edge.to as usize]
        });
        edges
    }

    /// The unit that figures are given in. One that is to suit the smallest of them is
    /// chosen here: that of the smallest, or a hundred times it if the largest has another.
    pub(crate) fn unit(&self) -> String {
        let (unit, sample_unit) = (&self.report.settings().unit, self.report.sample_type().1);
        if unit != "minimum" || self.shown.is_empty() {
            return unit.clone();
        }
        let largest = self.report.total();
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

fn sum(nodes: &Nodes, places: &[u32]) -> i64 {
    places
        .iter()
        .fold(0, |sum, at| sum.wrapping_add(nodes[*at].flat))
}

fn sort(nodes: &Nodes, shown: &mut [u32], report: &Report) {
    let profile = report.profile();
    let by_name = |one: &Node, other: &Node| -> Ordering {
        match (one.plain_name(profile), other.plain_name(profile)) {
            (Some(one), Some(other)) => one.cmp(other),
            _ => one.name(profile).cmp(&other.name(profile)),
        }
    };
    shown.sort_by(|one, other| {
        let (one, other) = (&nodes[*one], &nodes[*other]);
        let size = |node: &Node| match report.settings().cum {
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
