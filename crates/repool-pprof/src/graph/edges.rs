//! The edges of the call graph: which functions call which, and the value of each call.

use rustc_hash::FxHashMap;

use super::node_table::NodeTable;
use crate::analysis::Analysis;

/// The calls from one function to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    /// The index of the caller's node.
    pub(crate) from: u32,
    /// The index of the callee's node.
    pub(crate) to: u32,
    /// The sum of the values of the samples whose stacks contain this call.
    pub(crate) weight: i64,
    /// Whether the callee is inlined into the caller in all of these samples.
    pub(crate) is_inlined: bool,
    /// The index of the sample that was added last. A call that recursion repeats in one stack adds
    /// the sample's value only once.
    last_sample: u32,
}

/// Edges of a call graph, at most one from each node to each other node.
pub(crate) struct Edges(Vec<Edge>);

impl Edges {
    /// Collects the edges whose callee's node satisfies `is_wanted_callee`. A node whose entry in
    /// `is_kept` is false is left out of each stack: an edge connects its nearest kept caller and
    /// callee.
    pub(super) fn collect(
        analysis: &Analysis,
        nodes: &NodeTable,
        is_kept: &[bool],
        is_wanted_callee: impl Fn(u32) -> bool,
    ) -> Self {
        let mut edges: Vec<Edge> = Vec::new();
        let mut indices: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        for (sample_index, sample) in analysis.profile().samples().enumerate() {
            let value = analysis.value(sample);
            if value == 0 {
                continue;
            }
            let sample_index = sample_index as u32;
            let mut caller = None;
            // From the root to the leaf. Of the nodes of one location, each but the first is inlined.
            for location in sample.locations.iter().rev() {
                for (inline_depth, node) in nodes.at(*location).iter().rev().enumerate() {
                    let to = *node;
                    if !is_kept[to as usize] {
                        continue;
                    }
                    let Some(from) = caller.replace(to) else {
                        continue;
                    };
                    if from == to || !is_wanted_callee(to) {
                        continue;
                    }
                    let is_inlined = inline_depth > 0;
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
                    if edge.last_sample != sample_index {
                        edge.last_sample = sample_index;
                        edge.weight = edge.weight.wrapping_add(value);
                        edge.is_inlined &= is_inlined;
                    }
                }
            }
        }
        Self(edges)
    }

    /// Removes the edges for which `keep` returns false.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Edge) -> bool) {
        self.0.retain(keep);
    }

    /// The edges, in the order in which the profile's samples first contain them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Edge> {
        self.0.iter()
    }
}
