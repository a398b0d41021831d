//! The totals of a snapshot, and checks that they are possible.

use repool_prof::{Counters, Record, Snapshot};

/// The four figures of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Blocks that were allocated.
    pub alloc_objects: i64,
    /// Bytes of the blocks that were allocated.
    pub alloc_bytes: i64,
    /// Blocks that are in use.
    pub inuse_objects: i64,
    /// Bytes of the blocks that are in use.
    pub inuse_bytes: i64,
}

impl Totals {
    fn sum<'a>(records: impl Iterator<Item = &'a Record>) -> Self {
        records.fold(Self::default(), |sum, record| Self {
            alloc_objects: sum.alloc_objects + record.alloc_objects,
            alloc_bytes: sum.alloc_bytes + record.alloc_bytes,
            inuse_objects: sum.inuse_objects + record.inuse_objects,
            inuse_bytes: sum.inuse_bytes + record.inuse_bytes,
        })
    }

    /// The totals of all stacks.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self::sum(snapshot.stacks().iter().flat_map(|stack| stack.records()))
    }

    /// The totals of blocks of `size` bytes, of all stacks.
    pub fn of_size(snapshot: &Snapshot, size: u64) -> Self {
        let records = snapshot.stacks().iter().flat_map(|stack| stack.records());
        Self::sum(records.filter(|record| record.size == size))
    }

    /// The totals of `objects` blocks of `size` bytes, of which `alive` are in use.
    pub fn blocks(size: u64, objects: i64, alive: i64) -> Self {
        Self {
            alloc_objects: objects,
            alloc_bytes: objects * size as i64,
            inuse_objects: alive,
            inuse_bytes: alive * size as i64,
        }
    }

    /// The difference to `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            alloc_objects: self.alloc_objects - earlier.alloc_objects,
            alloc_bytes: self.alloc_bytes - earlier.alloc_bytes,
            inuse_objects: self.inuse_objects - earlier.inuse_objects,
            inuse_bytes: self.inuse_bytes - earlier.inuse_bytes,
        }
    }

    /// Panics unless these can be the estimates for `truth`: at rate 1 they are exact.
    ///
    /// A block of s bytes is sampled with p = 1 - e^(-s/rate) and then stands for 1/p blocks. The
    /// variance of its bytes is s² (1-p)/p = s rate x/(e^x - 1) with x = s/rate, so at most
    /// s rate, and that of B bytes in all at most B rate, whatever their sizes. Eight standard
    /// deviations are never reached by chance.
    #[track_caller]
    pub fn assert_estimates(self, truth: Self, rate: u64) {
        if rate == 1 {
            assert_eq!(self, truth, "exact at rate 1");
            return;
        }
        for (what, is, should) in [
            ("alloc_bytes", self.alloc_bytes, truth.alloc_bytes),
            ("inuse_bytes", self.inuse_bytes, truth.inuse_bytes),
        ] {
            let margin = 8.0 * (should as f64 * rate as f64).sqrt();
            assert!(
                (is - should).abs() as f64 <= margin,
                "{what} is {is}, not {should} ± {margin:.0}"
            );
        }
    }
}

/// The totals that `spent` counts, if all blocks that were freed were allocated in it.
pub fn allocated(spent: Counters) -> Totals {
    Totals {
        alloc_objects: spent.allocations as i64,
        alloc_bytes: spent.bytes as i64,
        ..Totals::default()
    }
}

/// Panics unless `snapshot` is possible while the program runs.
#[track_caller]
pub fn assert_possible(snapshot: &Snapshot) {
    for stack in snapshot.stacks() {
        assert_eq!(stack.frames().is_empty(), stack.is_overflow(), "{stack:?}");
        for record in stack.records() {
            let Record {
                alloc_objects,
                alloc_bytes,
                inuse_objects,
                inuse_bytes,
                ..
            } = *record;
            for figure in [alloc_objects, alloc_bytes, inuse_objects, inuse_bytes] {
                assert!(figure >= 0, "{record:?}");
            }
            let fresh = [
                alloc_objects - record.grown_objects,
                alloc_bytes - record.grown_bytes,
            ];
            for figure in fresh.into_iter().chain([record.grown_objects]) {
                assert!(figure >= 0, "{record:?}");
            }
        }
        for frame in stack.frames() {
            if let Some(number) = frame.module() {
                let range = snapshot.modules()[number].range();
                assert!(frame.offset() < range.end - range.start, "{frame:?}");
            }
        }
    }
}

/// Panics unless `snapshot`, taken while no thread allocates, is consistent.
#[track_caller]
pub fn assert_sane(snapshot: &Snapshot) {
    assert_possible(snapshot);
    for record in snapshot.stacks().iter().flat_map(|stack| stack.records()) {
        // The estimate of objects is rounded by up to half an object, and the bytes accordingly.
        let rounding = record.size as i64 / 2 + 1;
        assert!(record.inuse_objects <= record.alloc_objects, "{record:?}");
        assert!(record.inuse_bytes <= record.alloc_bytes, "{record:?}");
        if record.size != 0 {
            let agree =
                |objects: i64, bytes: i64| (objects * record.size as i64 - bytes).abs() <= rounding;
            assert!(
                agree(record.alloc_objects, record.alloc_bytes)
                    && agree(record.inuse_objects, record.inuse_bytes),
                "{record:?}"
            );
        }
    }
}
