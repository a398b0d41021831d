//! The nodes of the call graph: functions with flat and cum.

use std::collections::HashMap;
use std::ops::{Index, Range};

use crate::analysis::Analysis;
use crate::path;
use crate::profile::Profile;
use crate::profile::{Location, StringId};

/// A function, or a mapping whose functions have no names.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    name: StringId,
    /// The mapping's file, for a node without a name.
    mapped_file: StringId,
    /// The value attributed to the function itself, excluding its callees (pprof's "flat").
    pub(crate) flat: i64,
    /// The value attributed to the function and to its callees (pprof's "cum").
    pub(crate) cum: i64,
}

/// Identifies a node: its name; without a name, the mapping's file and the function's first line.
type NodeKey = (StringId, StringId, i64);

impl Node {
    /// The function's name; `None` if it has none.
    pub(super) fn plain_name<'a>(&self, profile: &'a Profile) -> Option<&'a str> {
        (!self.name.is_empty()).then(|| profile.string(self.name))
    }

    /// The name in a table: without a function name, the file name of the mapping in brackets.
    pub(super) fn name(&self, profile: &Profile) -> String {
        match self.plain_name(profile) {
            Some(name) => name.into(),
            None if self.mapped_file.is_empty() => "<unknown>".into(),
            None => format!("[{}]", path::base(profile.string(self.mapped_file))),
        }
    }
}

/// All nodes of a profile, and the nodes of each location.
pub(super) struct NodeTable {
    nodes: Vec<Node>,
    /// The indices of the nodes of all locations, one location behind the other.
    frames: Vec<u32>,
    /// The index in `frames` behind each location's nodes.
    ends: Vec<u32>,
}

impl NodeTable {
    /// The nodes with the values of an analysis.
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut nodes = Self::without_values(analysis.profile());
        // For each node, the last sample that was added: recursion counts once a sample.
        let mut last_samples = vec![u32::MAX; nodes.nodes.len()];
        for (number, sample) in analysis.profile().samples().enumerate() {
            let value = analysis.value(sample);
            if value == 0 {
                continue;
            }
            for location in sample.locations {
                for frame in nodes.range(*location) {
                    let at = nodes.frames[frame] as usize;
                    if last_samples[at] != number as u32 {
                        last_samples[at] = number as u32;
                        nodes.nodes[at].cum = nodes.nodes[at].cum.wrapping_add(value);
                    }
                }
            }
            if let Some(leaf) = sample.locations.first() {
                let leaf = nodes.frames[nodes.range(*leaf).start] as usize;
                nodes.nodes[leaf].flat = nodes.nodes[leaf].flat.wrapping_add(value);
            }
        }
        nodes
    }

    /// The nodes of a profile, with values of 0.
    fn without_values(profile: &Profile) -> Self {
        let mut nodes = Self {
            nodes: Vec::new(),
            frames: Vec::with_capacity(profile.lines.len()),
            ends: Vec::with_capacity(profile.locations.len()),
        };
        let mut indices: HashMap<NodeKey, u32> = HashMap::new();
        // The node of each function with a name, which does not depend on the location.
        let mut of_functions = vec![None; profile.functions.len()];
        for location in &profile.locations {
            let lines = &profile.lines[location.lines()];
            for line in lines {
                let function = &profile.functions[line.function as usize];
                if function.name.is_empty() {
                    let key = (
                        StringId::default(),
                        mapped_file(profile, location),
                        function.start_line,
                    );
                    let index = nodes.intern(&mut indices, key);
                    nodes.frames.push(index);
                    continue;
                }
                let known = &mut of_functions[line.function as usize];
                let index = *known.get_or_insert_with(|| {
                    nodes.intern(&mut indices, (function.name, StringId::default(), 0))
                });
                nodes.frames.push(index);
            }
            if lines.is_empty() {
                let key = (StringId::default(), mapped_file(profile, location), 0);
                let index = nodes.intern(&mut indices, key);
                nodes.frames.push(index);
            }
            nodes.ends.push(nodes.frames.len() as u32);
        }
        nodes
    }

    /// The index of the node with this key, which is added if it is new.
    fn intern(&mut self, indices: &mut HashMap<NodeKey, u32>, key: NodeKey) -> u32 {
        *indices.entry(key).or_insert_with(|| {
            self.nodes.push(Node {
                name: key.0,
                mapped_file: key.1,
                flat: 0,
                cum: 0,
            });
            self.nodes.len() as u32 - 1
        })
    }

    /// The number of nodes.
    pub(super) fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// The range in `frames` of a location's nodes; it is never empty.
    fn range(&self, location: u32) -> Range<usize> {
        let location = location as usize;
        let start = location
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        start as usize..self.ends[location] as usize
    }

    /// The indices of a location's nodes, the innermost first.
    pub(super) fn at(&self, location: u32) -> &[u32] {
        &self.frames[self.range(location)]
    }

    /// For each node: whether it is inlined at any location.
    pub(super) fn inlined(&self) -> Vec<bool> {
        let mut inlined = vec![false; self.nodes.len()];
        for location in 0..self.ends.len() as u32 {
            if let Some((_, inner)) = self.at(location).split_last() {
                for at in inner {
                    inlined[*at as usize] = true;
                }
            }
        }
        inlined
    }
}

impl Index<u32> for NodeTable {
    type Output = Node;

    fn index(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }
}

/// The file of a location's mapping; empty if it is not known.
fn mapped_file(profile: &Profile, location: &Location) -> StringId {
    let mapping = location.mapping.map(|at| &profile.mappings[at as usize]);
    mapping.map_or(StringId::default(), |mapping| mapping.file)
}
