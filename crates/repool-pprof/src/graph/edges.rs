use rustc_hash::FxHashMap;

use super::nodes::Nodes;
use crate::Report;

/// A function that calls another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// What the called function did on behalf of the other.
    pub(crate) weight: i64,
    /// Whether the call was inlined wherever it is.
    pub(crate) is_inlined: bool,
    /// The sample that it was last seen in.
    seen: u32,
}

/// Who calls whom.
pub(crate) struct Edges(Vec<Edge>);

impl Edges {
    /// The calls of wanted nodes. Stacks go through those that are kept, as if they called each
    /// other; a call counts once a stack.
    pub(super) fn of(
        report: &Report,
        nodes: &Nodes,
        kept: &[bool],
        is_wanted: impl Fn(u32) -> bool,
    ) -> Self {
        let mut edges: Vec<Edge> = Vec::new();
        let mut places: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        for (number, sample) in report.profile().samples().enumerate() {
            let value = report.value(sample);
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
                    let place = *places.entry((from, to)).or_insert_with(|| {
                        edges.push(Edge {
                            from,
                            to,
                            weight: 0,
                            is_inlined: true,
                            seen: u32::MAX,
                        });
                        edges.len() - 1
                    });
                    let edge = &mut edges[place];
                    if edge.seen != number {
                        edge.seen = number;
                        edge.weight = edge.weight.wrapping_add(value);
                        edge.is_inlined &= is_inlined;
                    }
                }
            }
        }
        Self(edges)
    }

    pub(super) fn retain(&mut self, keep: impl FnMut(&Edge) -> bool) {
        self.0.retain(keep);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Edge> {
        self.0.iter()
    }
}
