//! Reads the allocations of a profile by stack and size, which the other modules of the advice work
//! on.

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::AdviseError;
use super::collections::Collections;
use super::location_frames::LocationFrames;
use super::profile_format::{self, LifetimeRecord, PREFIXES, StackLifetimes};
use crate::profile::Profile;
use crate::profile::{LabelValue, Sample, StringId};

/// The allocations of a profile, by stack. The numbers are as the profile claims, except that all are
/// finite and not negative.
pub(super) struct AllocStacks {
    pub(super) functions: IndexSet<FunctionKey, FxBuildHasher>,
    pub(super) stacks: Vec<AllocStack>,
    /// Whether the profile has the blocks that are in use.
    pub(super) knows_in_use: bool,
}

/// Identifies a function: by its name and file, or by its address if it has no name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FunctionKey {
    pub(super) name: StringId,
    pub(super) file: StringId,
    pub(super) address: u64,
}

/// Identifies a frame: a function, and a line or an address in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FrameKey {
    /// The index in [`AllocStacks::functions`].
    pub(super) function: u32,
    /// The line number; or if it is not known, the number of the instruction's address with the
    /// highest bit set.
    position: u32,
}

impl FrameKey {
    /// The bit of [`position`](Self::position) that marks an address.
    const ADDRESS: u32 = 1 << 31;

    /// A frame; the number of the address is ignored if the line is known.
    pub(super) fn new(function: u32, line: i64, address: u32) -> Self {
        let line = u32::try_from(line).unwrap_or(if line > 0 { u32::MAX } else { 0 });
        let position = match line {
            0 => address | Self::ADDRESS,
            line => line & !Self::ADDRESS,
        };
        Self { function, position }
    }

    /// The frame as one number.
    pub(super) fn bits(self) -> u64 {
        u64::from(self.function) << 32 | u64::from(self.position)
    }

    /// The line number; 0 if it is not known.
    pub(super) fn line(self) -> u32 {
        if self.position & Self::ADDRESS == 0 {
            self.position
        } else {
            0
        }
    }
}

/// A stack with the blocks that were allocated there.
#[derive(Clone, Debug, Default)]
pub(super) struct AllocStack {
    /// The frames, the outermost first; one at least.
    pub(super) frames: Vec<FrameKey>,
    pub(super) sizes: Vec<SizedBlocks>,
    /// The lifetimes of the sampled blocks; `None` if the profile has none for this stack.
    pub(super) lifetimes: Option<LifetimeRecord>,
    /// The innermost locations of the stack in the profile, [`PREFIXES`] at most, the innermost first.
    pub(super) locations: Vec<u32>,
    /// For each frame, the index of its location from the innermost; 255 for that and more.
    pub(super) location_indices: Vec<u8>,
    /// Whether the blocks are allocated by the crate `bytes`, whose frames are not in `frames`.
    pub(super) is_of_bytes: bool,
    /// The index of `lifetimes` among those of the profile.
    number: u64,
    /// The indices in [`AllocStacks::stacks`] of the stacks that allocated the first blocks of what grew
    /// here; empty if it is not known.
    pub(super) origins: Vec<usize>,
}

/// The blocks of one size of a stack. Numbers are estimates from samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SizedBlocks {
    /// The size of each block in bytes.
    pub(super) size: u64,
    /// The number of blocks.
    pub(super) objects: f64,
    pub(super) bytes: f64,
    /// The number of blocks that are in use.
    pub(super) in_use: f64,
    /// The number of blocks that `realloc` allocated for smaller ones.
    pub(super) grown: f64,
    /// The number of blocks that `alloc_zeroed` allocated; 0 if it is not known.
    pub(super) zeroed: f64,
}

impl AllocStack {
    /// The number of blocks that `realloc` allocated.
    pub(super) fn grown(&self) -> f64 {
        self.sizes.iter().map(|blocks| blocks.grown).sum()
    }

    /// The number of blocks that `alloc` allocated.
    pub(super) fn fresh(&self) -> f64 {
        self.sizes.iter().map(SizedBlocks::fresh).sum()
    }

    /// The largest alignment of a sampled block in bytes; `None` if it is not known.
    pub(super) fn alignment(&self) -> Option<u64> {
        self.lifetimes.as_ref()?.alignment
    }

    /// The number of sampled blocks; 0 if it is not known.
    pub(super) fn samples(&self) -> u64 {
        self.lifetimes.as_ref().map_or(0, |record| record.samples)
    }
}

impl SizedBlocks {
    /// The number of blocks that `alloc` allocated.
    pub(super) fn fresh(&self) -> f64 {
        self.objects - self.grown
    }
}

/// The indices of the sample types that the advice needs.
struct Columns {
    alloc_objects: usize,
    alloc_space: usize,
    inuse_objects: Option<usize>,
}

/// The most origins of a stack that are followed.
const MAX_ORIGINS: usize = 16;

/// The name of the numeric label with the size of a block.
const SIZE_LABEL: &str = "bytes";

impl Columns {
    /// Finds the sample types; an error if the profile is not one of allocations.
    fn of(profile: &Profile) -> Result<Self, AdviseError> {
        let index = |wanted: &str| profile.sample_types().position(|(kind, _)| kind == wanted);
        let (Some(alloc_objects), Some(alloc_space)) =
            (index("alloc_objects"), index("alloc_space"))
        else {
            return Err(AdviseError::new(profile));
        };
        Ok(Self {
            alloc_objects,
            alloc_space,
            inuse_objects: index("inuse_objects"),
        })
    }

    /// The blocks of a sample. Without a label, the size is the mean.
    fn blocks(&self, profile: &Profile, sample: &Sample<'_>) -> SizedBlocks {
        let value = |column: usize| sample.values[column].max(0) as f64;
        let (objects, bytes) = (value(self.alloc_objects), value(self.alloc_space));
        let label = sample.labels.iter().find_map(|label| match label.value {
            LabelValue::Number(number, _)
                if number > 0 && profile.string(label.key) == SIZE_LABEL =>
            {
                Some(number.unsigned_abs())
            }
            _ => None,
        });
        let mean = if objects > 0.0 { bytes / objects } else { 0.0 };
        SizedBlocks {
            size: label.unwrap_or(mean.round() as u64),
            objects,
            bytes,
            in_use: self.inuse_objects.map_or(0.0, value).min(objects),
            grown: 0.0,
            zeroed: 0.0,
        }
    }
}

impl AllocStacks {
    /// Reads the allocations of a profile. Samples that one record of lifetimes covers become one
    /// stack.
    pub(super) fn read(profile: &Profile) -> Result<Self, AdviseError> {
        let columns = Columns::of(profile)?;
        let mut known = LocationFrames::of(profile);
        let mut read = Self {
            functions: IndexSet::default(),
            stacks: Vec::new(),
            knows_in_use: columns.inuse_objects.is_some(),
        };
        let mut collections = Collections::of(profile);
        let samples: Vec<Sample<'_>> = profile.samples().collect();
        let mut taken = vec![false; samples.len()];
        // Bounds the time for hostile profiles, whose records may all cover the same samples.
        let mut left = samples.len();
        let lifetimes = profile.lifetimes();
        let records = lifetimes.iter().flat_map(|all| &all.stacks);
        for (number, record) in (0..).zip(records) {
            let Some(range) = sample_range(record, samples.len()) else {
                continue;
            };
            let Some(rest) = left.checked_sub(range.len()) else {
                continue;
            };
            left = rest;
            // A sample counts once, even if several records cover it.
            if range.is_empty() || taken[range.clone()].contains(&true) {
                continue;
            }
            taken[range.clone()].fill(true);
            let sizes = samples[range.clone()]
                .iter()
                .enumerate()
                .map(|(n, sample)| {
                    let blocks = columns.blocks(profile, sample);
                    let grown = record.grown_by_size.get(n).map_or(0, |grown| *grown).max(0);
                    let grown = (grown as f64).min(blocks.objects);
                    let zeroed = profile_format::zeroed(record, n);
                    SizedBlocks {
                        grown,
                        zeroed: zeroed.min(blocks.objects - grown),
                        ..blocks
                    }
                });
            let stack = AllocStack {
                sizes: sizes.collect(),
                lifetimes: Some(LifetimeRecord::of(record)),
                number,
                ..AllocStack::default()
            };
            let locations = samples[range.start].locations;
            read.add(&mut known, &mut collections, locations, stack);
        }
        for (sample, _) in samples.iter().zip(taken).filter(|(_, taken)| !taken) {
            let stack = AllocStack {
                sizes: vec![columns.blocks(profile, sample)],
                ..AllocStack::default()
            };
            read.add(&mut known, &mut collections, sample.locations, stack);
        }
        read.functions = known.functions;
        read.find_origins();
        Ok(read)
    }

    /// Sets the origins of all stacks. Those without samples are left out.
    fn find_origins(&mut self) {
        let has_origins = |stack: &AllocStack| {
            let record = stack.lifetimes.as_ref();
            record.is_some_and(|record| !record.origins.is_empty())
        };
        if !self.stacks.iter().any(has_origins) {
            return;
        }
        let with_lifetimes = self.stacks.iter().enumerate();
        let known: FxHashMap<u64, usize> = with_lifetimes
            .filter(|(_, stack)| stack.lifetimes.is_some())
            .map(|(index, stack)| (stack.number, index))
            .collect();
        for stack in &mut self.stacks {
            let origins = stack.lifetimes.iter().flat_map(|record| &record.origins);
            // A profile may claim any number.
            let origins = origins
                .take(MAX_ORIGINS)
                .filter_map(|number| known.get(number));
            stack.origins = origins.copied().collect();
        }
    }

    /// Adds a stack with the frames of these locations, the innermost location first.
    fn add(
        &mut self,
        known: &mut LocationFrames,
        collections: &mut Collections<'_>,
        locations: &[u32],
        mut stack: AllocStack,
    ) {
        stack.sizes.retain(|blocks| blocks.objects > 0.0);
        if stack.sizes.is_empty() {
            return;
        }
        for (index, location) in locations.iter().enumerate().rev() {
            let frames = known.get(*location);
            stack.frames.extend_from_slice(frames);
            let index = index.min(usize::from(u8::MAX)) as u8;
            let count = stack.frames.len();
            stack.location_indices.resize(count, index);
        }
        if stack.frames.is_empty() {
            stack.frames.push(known.unknown());
            stack.location_indices.push(0);
        }
        stack.locations = locations[..locations.len().min(PREFIXES)].to_vec();
        let names = |frame: &FrameKey| known.functions[frame.function as usize].name;
        let (kept, is_of_bytes) = collections.fold(stack.frames.iter().map(names));
        stack.frames.truncate(kept);
        stack.location_indices.truncate(kept);
        stack.is_of_bytes = is_of_bytes;
        self.stacks.push(stack);
    }
}

/// The range of the samples that a record of lifetimes covers; `None` if it exceeds the profile.
fn sample_range(record: &StackLifetimes, samples: usize) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(record.first_sample).ok()?;
    let end = start.checked_add(usize::try_from(record.samples).ok()?)?;
    (end <= samples).then_some(start..end)
}
