//! [`PeakLive`]: the most objects of a site that were live at once, within bounds.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::alloc_stacks::{AllocStack, AllocStacks};
use super::chains::Chain;
use super::profile_format::LivePeak;

/// The most objects of a site that were live at once: the number that a pool would hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PeakLive {
    /// The estimate.
    pub value: u64,
    /// The upper bound. From samples it has a confidence of 95 %.
    pub upper: u64,
    /// Whether every block was followed and `value` is the peak itself.
    pub exact: bool,
}

/// The parts from which a site's peaks are computed, summed over its chains.
#[derive(Clone, Debug, Default)]
pub(super) struct Peaks {
    /// The sum of the chains' estimates.
    sum: f64,
    /// The largest estimate of one chain.
    largest: f64,
    /// The upper bound of the sum, from the stacks' own peaks.
    upper: f64,
    /// The largest upper bound of one chain.
    largest_upper: f64,
    /// The number of chains.
    chains: u64,
    /// The peaks of the site's prefixes; `None` if a stack does not have them.
    prefixes: Option<PrefixSum>,
    /// The prefixes that are in `prefixes`, as locations, and whether as allocating new blocks.
    known: FxHashMap<Box<[u32]>, bool>,
    /// The blocks that one sampled block of the site stands for, and the number of sampled blocks.
    weight: f64,
    samples: f64,
}

/// Peaks that are summed over the distinct prefixes of a site. Counts of sampled objects.
#[derive(Clone, Copy, Debug, Default)]
struct PrefixSum {
    objects: u64,
    largest: u64,
    of_thread: u64,
    threads: u64,
    /// The number of prefixes that allocated objects.
    count: u64,
    /// Whether a prefix is shorter than the site's, so that its peak is an upper bound.
    is_cut: bool,
}

impl Peaks {
    /// Adds a chain, whose site is at the location with index `stack.location_indices[depth]`.
    pub(super) fn add(&mut self, all: &AllocStacks, chain: &Chain, in_use: f64, is_exact: bool) {
        let stacks = || chain.stacks.iter().map(|stack| &all.stacks[*stack]);
        if self.chains == 0 {
            self.prefixes = Some(PrefixSum::default());
        }
        self.chains += 1;
        let (mut value, mut fresh, mut grown) = (0.0_f64, 0.0, 0.0_f64);
        // The stack with the most samples best excludes live objects that were not sampled.
        let mut best: Option<(u64, f64)> = None;
        // A block counts where it was new. One that is sampled when it grows counts at each of the
        // lines that make it grow.
        let (mut new_prefixes, mut other_prefixes) = (LivePeak::default(), LivePeak::default());
        for stack in stacks() {
            let Some(record) = &stack.lifetimes else {
                self.prefixes = None;
                continue;
            };
            let estimate = estimate(stack);
            value = value.max(estimate);
            match stack.fresh() > 0.0 {
                true => fresh += estimate,
                false => grown = grown.max(estimate),
            }
            let upper = match is_exact {
                true => estimate,
                false => {
                    let weight = weight(stack);
                    let seen = (record.peak_live as f64 / weight).max(1.0);
                    sampled_upper(seen, record.live_at_allocs, weight, record.samples)
                }
            };
            if best.is_none_or(|(samples, _)| record.samples > samples) {
                best = Some((record.samples, upper));
            }
            let is_new = is_exact || stack.fresh() > 0.0;
            if let Some(peaks) = self.prefix(stack, chain.depth, is_new) {
                match is_new {
                    true => {
                        let sum = &mut new_prefixes;
                        sum.objects = sum.objects.saturating_add(peaks.objects);
                        sum.objects_of_thread = sum
                            .objects_of_thread
                            .saturating_add(peaks.objects_of_thread);
                    }
                    false => {
                        let most = &mut other_prefixes;
                        most.objects = most.objects.max(peaks.objects);
                        most.objects_of_thread =
                            most.objects_of_thread.max(peaks.objects_of_thread);
                    }
                }
            }
        }
        if let Some(sum) = &mut self.prefixes {
            let objects = new_prefixes.objects.max(other_prefixes.objects);
            let of_thread = new_prefixes
                .objects_of_thread
                .max(other_prefixes.objects_of_thread);
            sum.objects = sum.objects.saturating_add(objects);
            sum.of_thread = sum.of_thread.saturating_add(of_thread);
        }
        let value = value.max(in_use);
        let upper = match is_exact {
            true => fresh.max(grown),
            false => best.map_or(f64::INFINITY, |(_, upper)| upper),
        };
        let upper = upper.max(value);
        self.sum += value;
        self.upper += upper;
        self.largest = self.largest.max(value);
        self.largest_upper = self.largest_upper.max(upper);
        let first = &all.stacks[chain.first];
        if first.samples() as f64 > self.samples {
            (self.samples, self.weight) = (first.samples() as f64, weight(first));
        }
    }

    /// The peaks of the stack's prefix that ends at the site, if it is not known yet, or not as one
    /// that allocates new blocks, and `is_new`.
    fn prefix(&mut self, stack: &AllocStack, depth: usize, is_new: bool) -> Option<LivePeak> {
        let sum = self.prefixes.as_mut()?;
        let record = stack.lifetimes.as_ref();
        let peaks = record.and_then(|record| record.prefix_peaks.as_deref());
        let Some(peaks @ [.., _]) = peaks else {
            self.prefixes = None;
            return None;
        };
        let wanted = stack.location_indices[depth] as usize;
        let index = wanted.min(peaks.len() - 1);
        let prefix = &stack.locations[..(index + 1).min(stack.locations.len())];
        if self
            .known
            .get(prefix)
            .is_some_and(|known| *known || !is_new)
        {
            return None;
        }
        self.known.insert(prefix.into(), is_new);
        let peaks = peaks[index];
        sum.largest = sum.largest.max(peaks.objects);
        sum.threads = sum.threads.max(peaks.threads.into());
        sum.count += u64::from(peaks.objects > 0);
        sum.is_cut |= index < wanted && peaks.objects > 1;
        Some(peaks)
    }

    /// The peak over all threads. `mean` is the mean number of live objects, if it is known; `most`
    /// is the number of objects, and `in_use` that at the end.
    pub(super) fn over_all(&self, bounds: &Bounds) -> PeakLive {
        /// The largest ratio of the peak to the mean that is assumed for several chains.
        const PEAK_TO_MEAN: f64 = 8.0;
        let mean = bounds.mean.unwrap_or(f64::INFINITY);
        let least = self.largest.max(bounds.in_use);
        let estimate = self.sum.min((PEAK_TO_MEAN * mean).ceil()).max(least);
        let (value, upper, is_one) = match self.prefixes.filter(|sum| sum.objects > 0) {
            Some(sum) if bounds.is_exact => {
                let upper = sum.objects as f64;
                let least = (sum.largest as f64).max(bounds.in_use).min(upper);
                let value = match sum.count {
                    1 => upper,
                    _ => estimate.clamp(least, upper),
                };
                (value, upper, sum.count == 1 && !sum.is_cut)
            }
            Some(sum) => {
                let seen = sum.objects as f64;
                let upper = sampled_upper(seen, 0, self.weight, self.samples as u64);
                let upper = if seen > 1.0 {
                    upper
                } else {
                    upper.min(self.upper)
                };
                let least = if mean.is_finite() { mean } else { 0.0 };
                let value = estimate.max(least).max(seen);
                (value, upper.max(value), false)
            }
            None if bounds.is_exact => (estimate, self.upper, self.chains == 1),
            None => {
                let least = if mean.is_finite() { mean } else { 0.0 };
                let value = estimate.max(least);
                (value, self.upper.max(value), false)
            }
        };
        bounds.finish(value, upper, is_one)
    }

    /// The peak of the objects that one thread allocated; `None` if it is not known.
    pub(super) fn of_thread(&self, bounds: &Bounds) -> Option<u64> {
        let sum = self.prefixes.filter(|sum| sum.objects > 0)?;
        let seen = sum.of_thread as f64;
        let upper = match bounds.is_exact {
            true => seen,
            false => sampled_upper(seen, 0, self.weight, self.samples as u64),
        };
        Some(bounds.finish(seen, upper, false).upper)
    }

    /// The number of threads that allocate; `None` if it is not known. 16 is 16 or more.
    pub(super) fn threads(&self) -> Option<u64> {
        let sum = self.prefixes.filter(|sum| sum.threads > 0)?;
        Some(sum.threads)
    }

    /// Whether each chain has at most one live object, as far as every block is known.
    pub(super) fn one_each(&self, bounds: &Bounds) -> bool {
        bounds.is_exact && self.largest_upper <= 1.0
    }
}

/// What bounds a peak beside the peaks of stacks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The number of objects.
    pub(super) objects: f64,
    /// The number of objects that are in use at the end.
    pub(super) in_use: f64,
    /// The mean number of live objects; `None` if the duration is not known.
    pub(super) mean: Option<f64>,
    /// Whether every block was sampled.
    pub(super) is_exact: bool,
    /// Whether the objects are hash tables, which have two blocks while they grow.
    pub(super) is_table: bool,
}

impl Bounds {
    /// The peak as integers, between 1 and the number of objects.
    fn finish(&self, value: f64, upper: f64, exact: bool) -> PeakLive {
        let whole = |peak: f64| {
            let peak = match self.is_table {
                true => (peak / 2.0).ceil().max(self.in_use),
                false => peak,
            };
            peak.max(1.0).min(self.objects.max(1.0)).round() as u64
        };
        let value = whole(value);
        PeakLive {
            value,
            upper: whole(upper).max(value),
            exact: exact && self.is_exact && !self.is_table,
        }
    }
}

/// The blocks that one sampled block of a stack stands for.
fn weight(stack: &AllocStack) -> f64 {
    let objects: f64 = stack.sizes.iter().map(|size| size.objects).sum();
    (objects / stack.samples().max(1) as f64).max(1.0)
}

/// The profiler's estimate of a stack's peak.
fn estimate(stack: &AllocStack) -> f64 {
    match &stack.lifetimes {
        // `repool-prof` adds the peaks of stacks that differ in folded frames only. If no sampled
        // block met another live one, the peak is 1 all the same.
        Some(record) if record.samples > 0 && record.live_at_allocs == 0 => 1.0,
        Some(record) => record.peak_live as f64,
        None => 0.0,
    }
}

/// The upper bound of a peak of which `seen` sampled blocks were live at once, with a confidence of
/// 95 %.
///
/// The number of sampled blocks among the live ones is a Poisson variable. If no sampled block met
/// another (`others` is 0), the mean number of other live blocks is below three times the weight of
/// one in all `samples`; a second live block at less than a hundredth of the allocations is then not
/// excluded.
fn sampled_upper(seen: f64, others: u64, weight: f64, samples: u64) -> f64 {
    /// The ratio of the largest number of other live objects to their mean that is assumed.
    const BURST: f64 = 100.0;
    let poisson = |count: f64| count + 2.0 * count.sqrt() + 3.0;
    let of_peak = poisson(seen) * weight;
    if seen > 1.0 || others > 0 {
        return of_peak.max(seen);
    }
    let mean = poisson(0.0) * weight / samples.max(1) as f64;
    (1.0 + (BURST * mean).floor()).min(of_peak)
}
