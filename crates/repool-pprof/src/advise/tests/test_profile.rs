//! A builder of profiles of allocations for tests.

use std::collections::HashMap;

use prost::Message;
use repool_profile::proto::{self, Lifetimes, LivePeak, StackLifetimes};
use repool_profile::{AllocatorCosts, PairCost};

use crate::advise::{Advice, AdviseSettings, Costs};
use crate::profile::Profile;

/// A profile to which stacks are added, and the source file of each crate; `src/made.rs` for others.
pub(super) struct TestProfile(pub(super) proto::Profile, HashMap<String, String>);

/// The most objects over all threads, those of one thread, and the number of threads.
pub(super) type PeakSpec = (u64, u64, u32);

/// Blocks of one size: the size, their number, the number in use, and the number by growth.
pub(super) type SizeSpec = (i64, i64, i64, i64);

impl TestProfile {
    /// An empty profile in which every block was sampled.
    pub(super) fn new() -> Self {
        let profile = proto::Profile {
            string_table: vec![String::new()],
            duration_nanos: 1_000_000_000,
            lifetimes: Some(Lifetimes {
                rate: 1,
                ..Lifetimes::default()
            }),
            ..proto::Profile::default()
        };
        let mut made = Self(profile, HashMap::new());
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

    /// Adds a stack as [`stack`](Self::stack), with the peaks of its prefixes, the innermost first.
    pub(super) fn stack_with_peaks(
        &mut self,
        calls: &[(&str, i64)],
        peaks: &[PeakSpec],
        blocks: &[SizeSpec],
    ) {
        let peak = |(objects, objects_of_thread, threads): &PeakSpec| LivePeak {
            objects: *objects,
            objects_of_thread: *objects_of_thread,
            threads: *threads,
        };
        self.stack(calls, peaks.last().map_or(1, |peak| peak.0), blocks);
        let lifetimes = self.lifetimes();
        lifetimes.version = 1;
        let stack = lifetimes.stacks.last_mut().expect("it was added");
        stack.prefix_peaks = peaks.iter().map(peak).collect();
        stack.peak_live_samples = stack.peak_live;
    }

    /// What the profiler adds to the format.
    pub(super) fn lifetimes(&mut self) -> &mut Lifetimes {
        self.0.lifetimes.get_or_insert_default()
    }

    /// Sets the source file of the functions of a crate that are added from now on.
    pub(super) fn file(&mut self, of_crate: &str, file: &str) {
        self.1.insert(of_crate.to_owned(), file.to_owned());
    }

    /// The id of a location, which is the same for equal functions and lines.
    fn location(&mut self, name: &str, line: i64) -> u64 {
        let of_crate = name.split("::").next().unwrap_or_default();
        let file = self.1.get(of_crate).cloned();
        let filename = self.text(file.as_deref().unwrap_or("src/made.rs"));
        let name = self.text(name);
        let known = self.0.function.iter();
        let function = known
            .filter(|function| (function.name, function.filename) == (name, filename))
            .map(|function| function.id)
            .next();
        let function = function.unwrap_or_else(|| {
            let id = self.0.function.len() as u64 + 1;
            self.0.function.push(proto::Function {
                id,
                name,
                filename,
                ..proto::Function::default()
            });
            id
        });
        let mut known = self.0.location.iter();
        let is_same = |known: &proto::Line| (known.function_id, known.line) == (function, line);
        if let Some(known) = known.find(|location| is_same(&location.line[0])) {
            return known.id;
        }
        let id = self.0.location.len() as u64 + 1;
        self.0.location.push(proto::Location {
            id,
            address: id,
            line: vec![proto::Line {
                function_id: function,
                line,
                column: 0,
            }],
            ..proto::Location::default()
        });
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
