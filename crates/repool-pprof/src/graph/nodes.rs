use std::collections::HashMap;
use std::ops::{Index, Range};

use crate::profile::{Location, Text};
use crate::{Profile, Report, path};

/// A function, or all of a program whose functions nobody knows.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    name: Text,
    /// The program's file, where there is no name.
    program: Text,
    /// What it did itself.
    pub(crate) flat: i64,
    /// What it and all that it called did.
    pub(crate) cum: i64,
}

/// What tells functions apart: their names; those without one, by program and line.
type Key = (Text, Text, i64);

impl Node {
    pub(super) fn plain_name<'a>(&self, profile: &'a Profile) -> Option<&'a str> {
        (!self.name.is_empty()).then(|| profile.text(self.name))
    }

    pub(super) fn name(&self, profile: &Profile) -> String {
        match self.plain_name(profile) {
            Some(name) => name.into(),
            None if self.program.is_empty() => "<unknown>".into(),
            None => format!("[{}]", path::base(profile.text(self.program))),
        }
    }
}

/// All functions of a profile, each once.
pub(super) struct Nodes {
    nodes: Vec<Node>,
    /// The nodes of each location's lines, one location's after the other's.
    frames: Vec<u32>,
    /// Where each location's end.
    ends: Vec<u32>,
}

impl Nodes {
    pub(super) fn of(report: &Report) -> Self {
        let mut nodes = Self::without_values(report.profile());
        // The sample that each was last seen in: recursion counts once.
        let mut seen = vec![u32::MAX; nodes.nodes.len()];
        for (number, sample) in report.profile().samples().enumerate() {
            let value = report.value(sample);
            if value == 0 {
                continue;
            }
            for location in sample.locations {
                for frame in nodes.range(*location) {
                    let at = nodes.frames[frame] as usize;
                    if seen[at] != number as u32 {
                        seen[at] = number as u32;
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

    fn without_values(profile: &Profile) -> Self {
        let mut nodes = Self {
            nodes: Vec::new(),
            frames: Vec::with_capacity(profile.lines.len()),
            ends: Vec::with_capacity(profile.locations.len()),
        };
        let mut places: HashMap<Key, u32> = HashMap::new();
        // A function with a name is the same node wherever it is.
        let mut of_functions = vec![None; profile.functions.len()];
        for location in &profile.locations {
            let lines = &profile.lines[location.lines()];
            for line in lines {
                let function = &profile.functions[line.function as usize];
                if function.name.is_empty() {
                    let key = (
                        Text::default(),
                        program(profile, location),
                        function.start_line,
                    );
                    let place = nodes.place(&mut places, key);
                    nodes.frames.push(place);
                    continue;
                }
                let known = &mut of_functions[line.function as usize];
                let place = *known.get_or_insert_with(|| {
                    nodes.place(&mut places, (function.name, Text::default(), 0))
                });
                nodes.frames.push(place);
            }
            if lines.is_empty() {
                let key = (Text::default(), program(profile, location), 0);
                let place = nodes.place(&mut places, key);
                nodes.frames.push(place);
            }
            nodes.ends.push(nodes.frames.len() as u32);
        }
        nodes
    }

    fn place(&mut self, places: &mut HashMap<Key, u32>, key: Key) -> u32 {
        *places.entry(key).or_insert_with(|| {
            self.nodes.push(Node {
                name: key.0,
                program: key.1,
                flat: 0,
                cum: 0,
            });
            self.nodes.len() as u32 - 1
        })
    }

    pub(super) fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// Where the frames of a location are; there is one at least.
    fn range(&self, location: u32) -> Range<usize> {
        let location = location as usize;
        let start = location
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        start as usize..self.ends[location] as usize
    }

    /// The nodes at a location, the innermost first.
    pub(super) fn at(&self, location: u32) -> &[u32] {
        &self.frames[self.range(location)]
    }

    /// Of each node, whether it is inlined anywhere.
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

impl Index<u32> for Nodes {
    type Output = Node;

    fn index(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }
}

fn program(profile: &Profile, location: &Location) -> Text {
    let mapping = location.mapping.map(|at| &profile.mappings[at as usize]);
    mapping.map_or(Text::default(), |mapping| mapping.file)
}
