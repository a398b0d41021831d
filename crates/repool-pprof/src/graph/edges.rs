//! The edges of the call graph: which functions call which, with the values of the calls.

use rustc_hash::FxHashMap;

use super::node_table::NodeTable;
use crate::Analysis;

/// The calls from one function to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    /// The index of the caller's node.
    pub(crate) from: u32,
    /// The index of the callee's node.
    pub(crate) to: u32,
    /// The value of the samples whose stacks have such a call.
    pub(crate) weight: i64,
    /// Whether the callee is inlined in all of these calls.
    pub(crate) is_inlined: bool,
    /// The last sample that was added, so that recursion counts once a sample.
    last_sample: u32,
}

/// All edges that a table needs.
pub(crate) struct Edges(Vec<Edge>);

impl Edges {
    /// Collects the edges to the nodes for which `is_wanted` is true. Nodes that are not `kept` are
    /// left out of stacks, so that an edge connects the kept nodes around them. Each edge counts
    /// once a sample.
    pub(super) fn of(
        analysis: &Analysis,
        nodes: &NodeTable,
        kept: &[bool],
        is_wanted: impl Fn(u32) -> bool,
    ) -> Self {
        let mut edges: Vec<Edge> = Vec::new();
        let mut indices: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        for (number, sample) in analysis.profile().samples().enumerate() {
            let value = analysis.value(sample);
            if value == 0 {
                continue;
            }
            let number = number as u32;
            let mut caller = None;
            for location in sample.locations.iter().rev() {
                for (depth, node) in nodes.at(*location).iter().rev().enumerate() {
                    let to = *node;
                    if !kept[to as usize] {
                        continue;
                    }
                    let Some(from) = caller.replace(to) else {
                        continue;
                    };
                    if from == to || !is_wanted(to) {
                        continue;
                    }
                    let is_inlined = depth > 0;
                    let index = *indices.entry((from, to)).or_insert_with(|| {
                        edges.push(Edge {
                            from,
                            to,
                            weight: 0,
                            is_inlined: true,
                            last_sample: u32::MAX,
                        });
                        edges.len() - 1
                    });
                    let edge = &mut edges[index];
                    if edge.last_sample != number {
                        edge.last_sample = number;
                        edge.weight = edge.weight.wrapping_add(value);
                        edge.is_inlined &= is_inlined;
                    }
                }
            }
        }
        Self(edges)
    }

    /// Removes the edges for which `keep` is false.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Edge) -> bool) {
        self.0.retain(keep);
    }

    /// All edges, in the order of their first samples.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Edge> {
        self.0.iter()
    }
}
