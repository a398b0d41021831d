//! A builder of profiles of allocations for tests.

use prost::Message;
use repool_profile::proto::{self, Lifetimes, StackLifetimes};
use repool_profile::{AllocatorCosts, PairCost};

use crate::advise::{Advice, AdviseSettings, Costs};
use crate::profile::Profile;

/// A profile to which stacks are added.
pub(super) struct TestProfile(pub(super) proto::Profile);

/// Blocks of one size: the size, their number, the number in use, and the number by growth.
pub(super) type SizeSpec = (i64, i64, i64, i64);

impl TestProfile {
    /// An empty profile in which every block was sampled.
    pub(super) fn new() -> Self {
        let mut made = Self(proto::Profile {
            string_table: vec![String::new()],
            duration_nanos: 1_000_000_000,
            lifetimes: Some(Lifetimes {
                rate: 1,
                ..Lifetimes::default()
            }),
            ..proto::Profile::default()
        });
        for (kind, unit) in [
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ] {
            let sample_type = proto::ValueType {
                r#type: made.text(kind),
                unit: made.text(unit),
            };
            made.0.sample_type.push(sample_type);
        }
        made
    }

    pub(super) fn text(&mut self, text: &str) -> i64 {
        let table = &mut self.0.string_table;
        let known = table.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            table.push(text.to_owned());
            table.len() - 1
        }) as i64
    }

    /// Adds a stack: functions and lines, the outermost first. Blocks that are freed lived for a
    /// microsecond; at most `peak_live` were live at once.
    pub(super) fn stack(&mut self, calls: &[(&str, i64)], peak_live: u64, blocks: &[SizeSpec]) {
        let (mut births, mut deaths, mut grown) = (0, 0, 0);
        let first_sample = self.0.sample.len() as u64;
        let locations: Vec<u64> = calls
            .iter()
            .rev()
            .map(|(name, line)| self.location(name, *line))
            .collect();
        let bytes = self.text("bytes");
        for (size, objects, in_use, by_growth) in blocks {
            births += objects;
            deaths += objects - in_use;
            grown += by_growth;
            self.0.sample.push(proto::Sample {
                location_id: locations.clone(),
                value: vec![*objects, objects * size, *in_use, in_use * size],
                label: vec![proto::Label {
                    key: bytes,
                    num: *size,
                    num_unit: bytes,
                    ..proto::Label::default()
                }],
            });
        }
        let freed = |bucket: usize| {
            let mut counts = vec![0; bucket];
            counts.push(deaths as u64);
            counts
        };
        let lifetimes = self.0.lifetimes.get_or_insert_default();
        lifetimes.stacks.push(StackLifetimes {
            first_sample,
            samples: blocks.len() as u64,
            allocs: births as u64,
            frees: deaths as u64,
            peak_live,
            live_at_allocs: if peak_live > 1 { births as u64 } else { 0 },
            times: freed(10),
            bytes: freed(6),
            grown: grown as u64,
            grown_objects: grown,
            grown_by_size: blocks.iter().map(|blocks| blocks.3).collect(),
            ..StackLifetimes::default()
        });
    }

    fn location(&mut self, name: &str, line: i64) -> u64 {
        let function = proto::Function {
            id: self.0.function.len() as u64 + 1,
            name: self.text(name),
            filename: self.text("src/made.rs"),
            ..proto::Function::default()
        };
        let id = self.0.location.len() as u64 + 1;
        self.0.location.push(proto::Location {
            id,
            address: id,
            line: vec![proto::Line {
                function_id: function.id,
                line,
                column: 0,
            }],
            ..proto::Location::default()
        });
        self.0.function.push(function);
        id
    }

    pub(super) fn profile(&self) -> Profile {
        Profile::parse(&self.0.encode_to_vec()).expect("the profile is valid")
    }

    pub(super) fn advice(&self, operations: u64) -> Advice {
        Advice::of(&self.profile(), &settings(operations)).expect("these are allocations")
    }
}

pub(super) fn settings(operations: u64) -> AdviseSettings {
    let pair = |size, fresh_ns, grown_ns| PairCost {
        size,
        fresh_ns,
        grown_ns,
        ..PairCost::default()
    };
    AdviseSettings {
        operations: Some(operations),
        costs: Costs {
            pool_pair_ns: 2.0,
            buf_pool_pair_ns: 4.0,
            allocator: AllocatorCosts::new([pair(16, 20.0, 30.0), pair(65536, 200.0, 400.0)]),
        },
        ..AdviseSettings::default()
    }
}
