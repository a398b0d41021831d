use indexmap::IndexSet;
use repool_prof::pprof::proto::{Lifetimes, StackLifetimes};

use super::AdviseError;
use crate::Profile;
use crate::profile::{LabelValue, Sample, Text};

/// What a profile says of allocations, as the advice needs it. Nothing in it can be trusted but
/// that all numbers are finite and not negative.
pub(super) struct Stacks {
    pub(super) functions: IndexSet<Function>,
    pub(super) stacks: Vec<Stack>,
    /// Whether it says what is still in use.
    pub(super) knows_in_use: bool,
}

/// A function; one without a name is told from others by its address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Function {
    pub(super) name: Text,
    pub(super) file: Text,
    pub(super) address: u64,
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Frame {
    /// The place among the functions.
    pub(super) function: u32,
    /// The line in its file, or 0.
    pub(super) line: i64,
    /// What tells calls apart where there is no line.
    address: u64,
}

impl Frame {
    pub(super) fn new(function: u32, line: i64, address: u64) -> Self {
        Self {
            function,
            line: line.max(0),
            address: if line > 0 { 0 } else { address },
        }
    }
}

/// A stack, and what was allocated there.
#[derive(Clone, Debug, Default)]
pub(super) struct Stack {
    /// The outermost first.
    pub(super) frames: Vec<Frame>,
    pub(super) sizes: Vec<Blocks>,
    pub(super) lives: Option<StackLifetimes>,
}

/// Blocks of a size: estimates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Blocks {
    /// Of each.
    pub(super) size: u64,
    pub(super) objects: f64,
    pub(super) bytes: f64,
    pub(super) in_use: f64,
    /// How many of them grew out of others.
    pub(super) grown: f64,
}

impl Stack {
    pub(super) fn grown(&self) -> f64 {
        self.sizes.iter().map(|blocks| blocks.grown).sum()
    }

    pub(super) fn fresh(&self) -> f64 {
        self.sizes.iter().map(Blocks::fresh).sum()
    }

    /// How many were sampled.
    pub(super) fn births(&self) -> u64 {
        self.lives.as_ref().map_or(0, |lives| lives.allocs)
    }
}

impl Blocks {
    pub(super) fn fresh(&self) -> f64 {
        self.objects - self.grown
    }
}

/// Where the values are that the advice is made of.
struct Columns {
    alloc_objects: usize,
    alloc_space: usize,
    inuse_objects: Option<usize>,
}

/// What the number label of a size is called.
const SIZE_LABEL: &str = "bytes";

impl Columns {
    fn of(profile: &Profile) -> Result<Self, AdviseError> {
        let place = |wanted: &str| profile.sample_types().position(|(kind, _)| kind == wanted);
        let (Some(alloc_objects), Some(alloc_space)) =
            (place("alloc_objects"), place("alloc_space"))
        else {
            return Err(AdviseError::new(profile));
        };
        Ok(Self {
            alloc_objects,
            alloc_space,
            inuse_objects: place("inuse_objects"),
        })
    }

    fn blocks(&self, profile: &Profile, sample: &Sample<'_>) -> Blocks {
        let value = |column: usize| sample.values[column].max(0) as f64;
        let (objects, bytes) = (value(self.alloc_objects), value(self.alloc_space));
        let label = sample.labels.iter().find_map(|label| match label.value {
            LabelValue::Number(number, _)
                if number > 0 && profile.text(label.key) == SIZE_LABEL =>
            {
                Some(number.unsigned_abs())
            }
            _ => None,
        });
        let mean = if objects > 0.0 { bytes / objects } else { 0.0 };
        Blocks {
            size: label.unwrap_or(mean.round() as u64),
            objects,
            bytes,
            in_use: self.inuse_objects.map_or(0.0, value).min(objects),
            grown: 0.0,
        }
    }
}

impl Stacks {
    pub(super) fn read(profile: &Profile) -> Result<Self, AdviseError> {
        let columns = Columns::of(profile)?;
        let mut read = Self {
            functions: IndexSet::new(),
            stacks: Vec::new(),
            knows_in_use: columns.inuse_objects.is_some(),
        };
        let samples: Vec<Sample<'_>> = profile.samples().collect();
        let mut taken = vec![false; samples.len()];
        // No more are looked at than there are: made-up lives may all be of the same samples.
        let mut left = samples.len();
        for lives in profile.lifetimes().iter().flat_map(|all| &all.stacks) {
            let Some(places) = places(lives, samples.len()) else {
                continue;
            };
            let Some(rest) = left.checked_sub(places.len()) else {
                continue;
            };
            left = rest;
            // Each sample counts once, whatever the lives say.
            if places.is_empty() || taken[places.clone()].contains(&true) {
                continue;
            }
            taken[places.clone()].fill(true);
            let sizes = samples[places.clone()]
                .iter()
                .enumerate()
                .map(|(n, sample)| {
                    let blocks = columns.blocks(profile, sample);
                    let grown = lives.grown_by_size.get(n).map_or(0, |grown| *grown).max(0);
                    Blocks {
                        grown: (grown as f64).min(blocks.objects),
                        ..blocks
                    }
                });
            let stack = Stack {
                sizes: sizes.collect(),
                lives: Some(lives.clone()),
                ..Stack::default()
            };
            read.add(profile, samples[places.start].locations, stack);
        }
        for (sample, _) in samples.iter().zip(taken).filter(|(_, taken)| !taken) {
            let stack = Stack {
                sizes: vec![columns.blocks(profile, sample)],
                ..Stack::default()
            };
            read.add(profile, sample.locations, stack);
        }
        Ok(read)
    }

    fn add(&mut self, profile: &Profile, locations: &[u32], mut stack: Stack) {
        stack.sizes.retain(|blocks| blocks.objects > 0.0);
        if stack.sizes.is_empty() {
            return;
        }
        for location in locations.iter().rev() {
            let address = profile.locations()[*location as usize].address;
            let lines = profile.lines(*location);
            if lines.is_empty() {
                let function = self.function(Text::default(), Text::default(), address);
                stack.frames.push(Frame::new(function, 0, address));
            }
            for line in lines.iter().rev() {
                let named = profile.function(line.function);
                let function = self.function(named.name, named.file, 0);
                stack.frames.push(Frame::new(function, line.line, address));
            }
        }
        if stack.frames.is_empty() {
            let function = self.function(Text::default(), Text::default(), 0);
            stack.frames.push(Frame::new(function, 0, 0));
        }
        self.stacks.push(stack);
    }

    fn function(&mut self, name: Text, file: Text, address: u64) -> u32 {
        let function = Function {
            name,
            file,
            address,
        };
        let place = self.functions.insert_full(function).0;
        u32::try_from(place).expect("files of 4 GiB and more are not read")
    }
}

/// The samples that lives are of.
fn places(lives: &StackLifetimes, samples: usize) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(lives.first_sample).ok()?;
    let end = start.checked_add(usize::try_from(lives.samples).ok()?)?;
    (end <= samples).then_some(start..end)
}

/// Whether every block was a sample, so that nothing is an estimate.
pub(super) fn is_exact(lifetimes: Option<&Lifetimes>) -> bool {
    lifetimes.is_some_and(|lifetimes| lifetimes.rate == 1)
}
