//! Builds a profile's samples and lifetimes from the stacks of a snapshot.

use std::collections::HashMap;
use std::rc::Rc;

use repool_profile::proto;

use super::prefix_table::PrefixTable;
use crate::snapshot::{Histogram, Record, Stack};

/// The records and lifetimes of each stack as it is written. Stacks that differ only in frames that
/// are left out are merged, unless only one of them allocates bytes: the texts that a call collects are
/// told from the vector that holds them.
#[derive(Default)]
pub(super) struct SampleTable {
    rows: Vec<StackSamples>,
    /// The index of each stack's row, by the ids of its locations: of stacks that allocate bytes, and of
    /// others.
    known: [HashMap<Rc<[u64]>, usize>; 2],
    /// The index of the row of each stack, by its key.
    of_stack: HashMap<u32, usize>,
    prefixes: PrefixTable,
}

/// One stack as it is written.
struct StackSamples {
    locations: Rc<[u64]>,
    records: Vec<Record>,
    lifetimes: proto::StackLifetimes,
    /// The keys of the stacks that allocated the first blocks of what grew here; `None` if there are many.
    origins: Option<Vec<u32>>,
}

/// The key and the unit of the label that each sample has, as indices of the table of strings.
pub(super) struct SizeLabel {
    pub(super) key: i64,
    pub(super) unit: i64,
}

impl SampleTable {
    /// Adds the records and lifetimes of `stack`, which is written as `locations`. `frames` are the
    /// indices of the frames that these are in.
    pub(super) fn add(&mut self, locations: &[u64], frames: &[usize], stack: &Stack) {
        self.prefixes.add(stack, locations, frames);
        let known = &mut self.known[usize::from(stack.lifetimes().alignment == 1)];
        let number = known.get(locations).copied().unwrap_or_else(|| {
            let locations: Rc<[u64]> = locations.into();
            known.insert(locations.clone(), self.rows.len());
            self.rows.push(StackSamples {
                locations,
                records: Vec::new(),
                lifetimes: proto::StackLifetimes::default(),
                origins: Some(Vec::new()),
            });
            self.rows.len() - 1
        });
        self.of_stack.insert(stack.key, number);
        let row = &mut self.rows[number];
        row.records.extend_from_slice(stack.records());
        add_lifetimes(&mut row.lifetimes, stack);
        match (&mut row.origins, &stack.origins) {
            (Some(sum), Some(more)) => sum.extend_from_slice(more),
            _ => row.origins = None,
        }
    }

    /// For each row, the indices of the rows whose blocks grew there, without its own; none if there are
    /// many.
    fn origins(&self) -> Vec<Vec<usize>> {
        let of_row = |(number, row): (usize, &StackSamples)| {
            let keys = row.origins.iter().flatten();
            let mut rows: Vec<usize> = keys
                .filter_map(|key| self.of_stack.get(key).copied())
                .filter(|origin| *origin != number)
                .collect();
            rows.sort_unstable();
            rows.dedup();
            rows
        };
        self.rows.iter().enumerate().map(of_row).collect()
    }

    /// Adds one sample to `profile` for each stack and size, and returns the lifetimes of each stack.
    pub(super) fn finish(
        self,
        label: &SizeLabel,
        profile: &mut proto::Profile,
    ) -> Vec<proto::StackLifetimes> {
        let origins = self.origins();
        let mut lifetimes: Vec<proto::StackLifetimes> = Vec::with_capacity(self.rows.len());
        // The index in `lifetimes` of each row that has one, and the row of each of `lifetimes`.
        let (mut written, mut rows) = (HashMap::new(), Vec::new());
        for (number, row) in self.rows.into_iter().enumerate() {
            let first = profile.sample.len();
            let (mut grown_by_size, mut zeroed_by_size) = (Vec::new(), Vec::new());
            for (size, record) in by_label(row.records) {
                grown_by_size.push(record.grown_objects);
                zeroed_by_size.push(record.zeroed_objects);
                profile.sample.push(proto::Sample {
                    location_id: row.locations.to_vec(),
                    value: vec![
                        record.alloc_objects,
                        record.alloc_bytes,
                        record.inuse_objects,
                        record.inuse_bytes,
                    ],
                    label: vec![proto::Label {
                        key: label.key,
                        num: size.try_into().unwrap_or(i64::MAX),
                        num_unit: label.unit,
                        ..proto::Label::default()
                    }],
                });
            }
            for objects in [&mut grown_by_size, &mut zeroed_by_size] {
                if objects.iter().all(|count| *count == 0) {
                    objects.clear();
                }
            }
            if profile.sample.len() > first {
                written.insert(number, lifetimes.len() as u64);
                rows.push(number);
                lifetimes.push(proto::StackLifetimes {
                    first_sample: first as u64,
                    samples: (profile.sample.len() - first) as u64,
                    grown_by_size,
                    zeroed_by_size,
                    prefix_peaks: self.prefixes.peaks(&row.locations),
                    ..row.lifetimes
                });
            }
        }
        for (stack, row) in lifetimes.iter_mut().zip(rows) {
            let origins = origins[row].iter();
            stack.origins = origins
                .filter_map(|row| written.get(row).copied())
                .collect();
        }
        lifetimes
    }
}

/// Merges records to one for each size. Records of several sizes count with their mean size.
fn by_label(mut records: Vec<Record>) -> impl Iterator<Item = (u64, Record)> {
    merge(&mut records, |record| record.size);
    merge(&mut records, Record::mean_size);
    records
        .into_iter()
        .filter(|record| !record.is_zero())
        .map(|record| (record.mean_size(), record))
}

/// Merges all records with the same key.
fn merge(records: &mut Vec<Record>, key: impl Fn(&Record) -> u64) {
    records.sort_by_key(&key);
    records.dedup_by(|record, kept| {
        let same = key(record) == key(kept);
        if same {
            kept.add(record);
        }
        same
    });
}

fn add_lifetimes(sum: &mut proto::StackLifetimes, stack: &Stack) {
    let lifetimes = stack.lifetimes();
    let total = stack.totals();
    sum.allocs += lifetimes.allocs;
    sum.grown += lifetimes.grown;
    sum.frees += lifetimes.frees;
    sum.freed_elsewhere += lifetimes.freed_elsewhere;
    sum.peak_live += stack.peak_live();
    sum.live_at_allocs += lifetimes.live_at_allocs;
    sum.freed_objects += total.freed_objects();
    sum.freed_bytes += total.freed_bytes();
    sum.grown_objects += total.grown_objects;
    sum.grown_bytes += total.grown_bytes;
    sum.zeroed_objects += total.zeroed_objects;
    sum.zeroed_bytes += total.zeroed_bytes;
    sum.lost += lifetimes.lost;
    sum.alignment = sum.alignment.max(lifetimes.alignment);
    sum.peak_live_samples += u64::from(lifetimes.peak_live);
    add_histogram(&mut sum.times, &lifetimes.times);
    add_histogram(&mut sum.bytes, &lifetimes.bytes);
}

/// Adds the buckets of `histogram` to `sum`, which has no empty buckets at its end.
fn add_histogram(sum: &mut Vec<u64>, histogram: &Histogram) {
    let buckets = histogram.buckets();
    let used = buckets
        .iter()
        .rposition(|count| *count != 0)
        .map_or(0, |last| last + 1);
    if sum.len() < used {
        sum.resize(used, 0);
    }
    for (count, more) in sum.iter_mut().zip(buckets) {
        *count = count.saturating_add(*more);
    }
}
