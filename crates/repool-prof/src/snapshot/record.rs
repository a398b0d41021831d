//! [`Record`]: estimates of what one stack allocated in blocks of one size.

/// Estimates of the blocks of one size that one stack allocated, from those that were sampled.
///
/// The figures are signed, because in a difference of two snapshots what is in use may have become
/// less. The fields are public, and a value can be built and taken apart, because tools compute with
/// records; a field that is added is a breaking change.
///
/// ```
/// use repool_prof::Record;
///
/// let record = Record {
///     size: 64,
///     alloc_objects: 10,
///     alloc_bytes: 640,
///     inuse_objects: 1,
///     inuse_bytes: 64,
///     grown_objects: 4,
///     grown_bytes: 256,
///     zeroed_objects: 0,
///     zeroed_bytes: 0,
/// };
/// assert_eq!((record.freed_objects(), record.freed_bytes()), (9, 576));
/// let fresh = record.alloc_objects - record.grown_objects;
/// assert_eq!(fresh, 6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Bytes of each block, or 0 if the record counts blocks of several sizes.
    pub size: u64,
    /// Blocks allocated.
    pub alloc_objects: i64,
    /// Bytes allocated.
    pub alloc_bytes: i64,
    /// Blocks in use: allocated and not freed.
    pub inuse_objects: i64,
    /// Bytes in use: allocated and not freed.
    pub inuse_bytes: i64,
    /// The allocated blocks that came by `realloc` of another block of any stack, in place or by a
    /// move. The others are fresh.
    pub grown_objects: i64,
    /// The bytes of `grown_objects`.
    pub grown_bytes: i64,
    /// The allocated blocks that came by `alloc_zeroed`, as those of `vec![0; n]`.
    pub zeroed_objects: i64,
    /// The bytes of `zeroed_objects`.
    pub zeroed_bytes: i64,
}

impl Record {
    /// Blocks that were freed. In a difference of two snapshots: freed between the two, whenever
    /// they were allocated.
    #[must_use]
    pub fn freed_objects(&self) -> i64 {
        self.alloc_objects.saturating_sub(self.inuse_objects)
    }

    /// The bytes of [`freed_objects`](Record::freed_objects).
    #[must_use]
    pub fn freed_bytes(&self) -> i64 {
        self.alloc_bytes.saturating_sub(self.inuse_bytes)
    }

    /// The size of the blocks; their mean size if the record counts several sizes.
    pub(crate) fn mean_size(&self) -> u64 {
        if self.size != 0 {
            return self.size;
        }
        let mean = |bytes: i64, objects: i64| bytes.checked_div(objects);
        mean(self.alloc_bytes, self.alloc_objects)
            .or(mean(self.inuse_bytes, self.inuse_objects))
            .map_or(0, i64::unsigned_abs)
    }

    pub(crate) fn is_zero(&self) -> bool {
        let Self {
            size: _,
            alloc_objects,
            alloc_bytes,
            inuse_objects,
            inuse_bytes,
            // Part of what was allocated.
            grown_objects: _,
            grown_bytes: _,
            zeroed_objects: _,
            zeroed_bytes: _,
        } = *self;
        [alloc_objects, alloc_bytes, inuse_objects, inuse_bytes] == [0; 4]
    }

    /// Adds all figures of `other`; the size stays.
    pub(crate) fn add(&mut self, other: &Self) {
        let add = |to: &mut i64, more| *to = to.saturating_add(more);
        add(&mut self.alloc_objects, other.alloc_objects);
        add(&mut self.alloc_bytes, other.alloc_bytes);
        add(&mut self.inuse_objects, other.inuse_objects);
        add(&mut self.inuse_bytes, other.inuse_bytes);
        add(&mut self.grown_objects, other.grown_objects);
        add(&mut self.grown_bytes, other.grown_bytes);
        add(&mut self.zeroed_objects, other.zeroed_objects);
        add(&mut self.zeroed_bytes, other.zeroed_bytes);
    }

    /// The sum of `records`, with their size if all have the same, else 0.
    pub(crate) fn sum<'a>(records: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut records = records.into_iter();
        let mut sum = records.next().copied().unwrap_or_default();
        for record in records {
            if record.size != sum.size {
                sum.size = 0;
            }
            sum.add(record);
        }
        sum
    }

    /// The difference to `earlier`. Counts of allocations only grow, so a lower one means that
    /// `earlier` is not the earlier of the two, and gives 0.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let more = |now: i64, before: i64| now.saturating_sub(before).max(0);
        Self {
            size: self.size,
            alloc_objects: more(self.alloc_objects, earlier.alloc_objects),
            alloc_bytes: more(self.alloc_bytes, earlier.alloc_bytes),
            grown_objects: more(self.grown_objects, earlier.grown_objects),
            grown_bytes: more(self.grown_bytes, earlier.grown_bytes),
            zeroed_objects: more(self.zeroed_objects, earlier.zeroed_objects),
            zeroed_bytes: more(self.zeroed_bytes, earlier.zeroed_bytes),
            inuse_objects: self.inuse_objects.saturating_sub(earlier.inuse_objects),
            inuse_bytes: self.inuse_bytes.saturating_sub(earlier.inuse_bytes),
        }
    }
}
