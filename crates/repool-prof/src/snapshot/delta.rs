//! The difference of two snapshots.

use std::collections::HashMap;

use super::{Record, Snapshot, Stack};

impl Snapshot {
    /// The difference to `earlier`, a snapshot of the same profiler.
    ///
    /// All counts are differences; those of what is in use are negative if it became less. Stacks
    /// without a change are left out. The [`duration`](Snapshot::duration) is the time between the
    /// two. Peaks of live blocks are no difference: they are those from the profiler's start until
    /// `self`.
    ///
    /// If `earlier` is in fact the later snapshot, the counts of allocations are 0.
    ///
    /// See the example of [`Profiler::snapshot`](crate::Profiler::snapshot).
    #[must_use]
    pub fn delta_since(&self, earlier: &Snapshot) -> Snapshot {
        let stacks: HashMap<u32, &Stack> = by_key(earlier);
        let records: HashMap<(u32, u64), &Record> = earlier
            .stacks
            .iter()
            .flat_map(|stack| {
                stack
                    .records
                    .iter()
                    .map(|record| ((stack.key, record.size), record))
            })
            .collect();
        let since = |stack: &Stack| {
            let changed: Vec<Record> = stack
                .records
                .iter()
                .map(|record| match records.get(&(stack.key, record.size)) {
                    Some(before) => record.since(before),
                    None => *record,
                })
                .filter(|record| !record.is_zero())
                .collect();
            if changed.is_empty() {
                return None;
            }
            Some(Stack {
                key: stack.key,
                kind: stack.kind,
                frames: stack.frames.clone(),
                records: changed,
                lifetimes: match stacks.get(&stack.key) {
                    Some(before) => stack.lifetimes.since(&before.lifetimes),
                    None => stack.lifetimes.clone(),
                },
                hooks: stack.hooks,
                prefixes: stack.prefixes.clone(),
                origins: stack.origins.clone(),
            })
        };
        Snapshot {
            taken: self.taken,
            // Zero if the system's clock was set back.
            duration: self.taken.duration_since(earlier.taken).unwrap_or_default(),
            rate: self.rate,
            session: self.session,
            modules: self.modules.clone(),
            stacks: self.stacks.iter().filter_map(since).collect(),
            memory: self.memory,
            lost: self.lost.saturating_sub(earlier.lost),
            minor_faults: self
                .minor_faults
                .zip(earlier.minor_faults)
                .map(|(now, before)| now.saturating_sub(before)),
        }
    }
}

fn by_key(snapshot: &Snapshot) -> HashMap<u32, &Stack> {
    snapshot
        .stacks
        .iter()
        .map(|stack| (stack.key, stack))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::snapshot::{Memory, StackKind, StackLifetimes};

    fn record(size: u64, alloc: i64, inuse: i64) -> Record {
        Record {
            size,
            alloc_objects: alloc,
            alloc_bytes: alloc * size as i64,
            inuse_objects: inuse,
            inuse_bytes: inuse * size as i64,
            ..Record::default()
        }
    }

    fn stack(key: u32, records: &[Record]) -> Stack {
        Stack {
            key,
            kind: StackKind::Known,
            frames: [].into(),
            records: records.to_vec(),
            lifetimes: StackLifetimes::default(),
            hooks: 0,
            prefixes: Vec::new(),
            origins: Some(Vec::new()),
        }
    }

    fn snapshot(second: u64, stacks: &[Stack]) -> Snapshot {
        Snapshot {
            taken: SystemTime::UNIX_EPOCH + Duration::from_secs(second),
            duration: Duration::from_secs(second),
            rate: 512,
            modules: [].into(),
            stacks: stacks.to_vec(),
            memory: Memory::default(),
            session: 1,
            lost: 0,
            minor_faults: None,
        }
    }

    #[test]
    fn records_are_subtracted_by_stack_and_size() {
        let earlier = snapshot(
            10,
            &[
                stack(7, &[record(8, 5, 5), record(16, 1, 1)]),
                stack(3, &[record(8, 100, 50)]),
            ],
        );
        // The same stacks in another order, with a new size and a new stack.
        let later = snapshot(
            25,
            &[
                stack(3, &[record(8, 100, 20)]),
                stack(9, &[record(8, 2, 1)]),
                stack(7, &[record(16, 1, 1), record(32, 4, 0), record(8, 7, 6)]),
            ],
        );
        let delta = later.delta_since(&earlier);
        let found: Vec<_> = delta
            .stacks
            .iter()
            .map(|s| (s.key, s.records.clone()))
            .collect();
        assert_eq!(
            found,
            [
                (3, vec![record(8, 0, -30)]),
                (9, vec![record(8, 2, 1)]),
                (7, vec![record(32, 4, 0), record(8, 2, 1)]),
            ]
        );
        assert_eq!(delta.duration(), Duration::from_secs(15));
        assert_eq!(delta.taken(), later.taken());
        assert_eq!(delta.rate(), 512);
    }

    #[test]
    fn what_did_not_change_is_left_out() {
        let both = [stack(1, &[record(8, 5, 5)]), stack(2, &[record(8, 1, 0)])];
        assert!(
            snapshot(2, &both)
                .delta_since(&snapshot(1, &both))
                .stacks
                .is_empty()
        );
    }

    #[test]
    fn the_wrong_way_round_nothing_was_allocated() {
        let later = snapshot(2, &[stack(1, &[record(8, 9, 3)])]);
        let delta = snapshot(1, &[stack(1, &[record(8, 4, 4)])]).delta_since(&later);
        assert_eq!(delta.stacks[0].records, [record(8, 0, 1)]);
        assert_eq!(delta.duration(), Duration::ZERO);
    }

    #[test]
    fn lifetimes_are_subtracted_except_the_peak() {
        let mut before = stack(1, &[record(8, 4, 4)]);
        before.lifetimes = StackLifetimes {
            allocs: 4,
            grown: 1,
            frees: 1,
            freed_elsewhere: 1,
            peak_live: 3,
            live_at_allocs: 6,
            ..StackLifetimes::default()
        };
        before.lifetimes.times.buckets[5] = 1;
        let mut after = stack(1, &[record(8, 9, 2)]);
        after.lifetimes = StackLifetimes {
            allocs: 9,
            grown: 3,
            frees: 7,
            freed_elsewhere: 2,
            peak_live: 4,
            live_at_allocs: 10,
            ..StackLifetimes::default()
        };
        after.lifetimes.times.buckets[5] = 3;
        after.lifetimes.times.buckets[9] = 4;
        after.lifetimes.bytes.buckets[0] = 7;
        let delta = snapshot(2, &[after]).delta_since(&snapshot(1, &[before]));
        let lifetimes = delta.stacks[0].lifetimes();
        assert_eq!(
            (lifetimes.allocs, lifetimes.frees, lifetimes.freed_elsewhere),
            (5, 6, 1)
        );
        assert_eq!(lifetimes.grown, 2);
        assert_eq!((lifetimes.peak_live, lifetimes.live_at_allocs), (4, 4));
        assert_eq!(
            (lifetimes.times.buckets[5], lifetimes.times.buckets[9]),
            (2, 4)
        );
        assert_eq!(lifetimes.bytes.count(), 7);
    }

    #[test]
    fn what_grew_is_subtracted_as_what_was_allocated() {
        let with = |alloc: i64, grown: i64| Record {
            grown_objects: grown,
            grown_bytes: grown * 8,
            ..record(8, alloc, 0)
        };
        let snapshot = |second, record| snapshot(second, &[stack(1, &[record])]);
        let (earlier, later) = (snapshot(1, with(5, 2)), snapshot(2, with(9, 5)));
        let since = |of: &Snapshot, before| of.delta_since(before).totals();
        assert_eq!(since(&later, &earlier), with(4, 3));
        assert_eq!(since(&earlier, &later), Record::default());
    }

    #[test]
    fn totals_are_of_one_size_only_if_all_are() {
        let one = snapshot(
            1,
            &[stack(1, &[record(8, 5, 5)]), stack(2, &[record(8, 1, -2)])],
        );
        assert_eq!(one.totals(), record(8, 6, 3));
        let two = snapshot(1, &[stack(1, &[record(8, 5, 5), record(16, 1, 1)])]);
        let sum = two.totals();
        assert_eq!((sum.size, sum.alloc_objects, sum.alloc_bytes), (0, 6, 56));
        assert_eq!((sum.inuse_objects, sum.inuse_bytes), (6, 56));
        assert_eq!(snapshot(1, &[]).totals(), Record::default());
    }
}
