//! Adds up the peaks of live objects of stacks that begin with the same locations.
//!
//! The store counts objects by frames, and a profile has locations. A prefix of locations is one
//! prefix of frames, unless stacks differ in frames that are left out. Then it is several, whose peaks
//! are added: none of them contains another.

use std::collections::{HashMap, HashSet};

use repool_profile::proto;

use crate::snapshot::{LivePeak, Stack};

/// The prefixes of all stacks of a profile, as a tree of locations.
#[derive(Default)]
pub(super) struct PrefixTable {
    /// The index of a prefix in `sums`, by that of the prefix of one location less and the id of
    /// the last location.
    known: HashMap<(Option<usize>, u64), usize>,
    /// For each prefix of locations, the sum of the peaks of its prefixes of frames; `None` if not
    /// known for a stack.
    sums: Vec<Option<LivePeak>>,
    /// The prefixes of frames that are in the sums: the index of a sum, and a key of the store.
    added: HashSet<(usize, u32)>,
}

impl PrefixTable {
    /// Adds the prefixes of a stack. `frames` are the indices of the frames that `locations` are in.
    pub(super) fn add(&mut self, stack: &Stack, locations: &[u64], frames: &[usize]) {
        let mut parent = None;
        for (location, frame) in locations.iter().zip(frames).take(proto::PREFIXES) {
            let next = self.sums.len();
            let index = *self.known.entry((parent, *location)).or_insert(next);
            if index == next {
                self.sums.push(Some(LivePeak::default()));
            }
            parent = Some(index);
            // The longest prefix contains all longer ones.
            let of_frame = stack.prefixes.get(frame.saturating_sub(stack.hooks));
            match of_frame.or(stack.prefixes.last()) {
                Some(prefix) => {
                    if self.added.insert((index, prefix.key))
                        && let Some(sum) = &mut self.sums[index]
                    {
                        add(sum, &prefix.peak);
                    }
                }
                None => self.sums[index] = None,
            }
        }
    }

    /// The peaks of the prefixes of a stack that is written as `locations`, as far as they are
    /// known. Leaves out those at the end that say the same as the one before.
    pub(super) fn peaks(&self, locations: &[u64]) -> Vec<proto::LivePeak> {
        let mut parent = None;
        let mut peaks: Vec<proto::LivePeak> = locations
            .iter()
            .map_while(|location| {
                let index = *self.known.get(&(parent, *location))?;
                parent = Some(index);
                self.sums[index].map(Into::into)
            })
            .collect();
        while peaks.len() > 1 && peaks[peaks.len() - 1] == peaks[peaks.len() - 2] {
            peaks.pop();
        }
        peaks
    }
}

/// Adds the peak of other stacks. The sum is an upper bound, because the two peaks may have been at
/// different times.
fn add(sum: &mut LivePeak, other: &LivePeak) {
    sum.objects = sum.objects.saturating_add(other.objects);
    sum.objects_of_thread = sum
        .objects_of_thread
        .saturating_add(other.objects_of_thread);
    sum.threads = (sum.threads + other.threads).min(LivePeak::MAX_THREADS);
}
