//! [`LocationFrames`]: the frames of each location, looked up once.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::alloc_stacks::{FrameKey, FunctionKey};
use crate::profile::Profile;
use crate::profile::StringId;

/// The frames of each location of a profile, and the functions of these frames.
pub(super) struct LocationFrames {
    pub(super) functions: IndexSet<FunctionKey, FxBuildHasher>,
    /// The frames of all locations, one location after the other; the outermost of each first.
    frames: Vec<FrameKey>,
    /// For each location, the index of its first frame; one more at the end.
    starts: Vec<usize>,
}

impl LocationFrames {
    /// The frames of all locations of a profile.
    pub(super) fn of(profile: &Profile) -> Self {
        let mut all = Self {
            functions: IndexSet::default(),
            frames: Vec::with_capacity(profile.locations().len()),
            starts: vec![0],
        };
        let mut addresses: IndexSet<u64, FxBuildHasher> = IndexSet::default();
        for (index, location) in profile.locations().iter().enumerate() {
            let address = location.address;
            let number = addresses.insert_full(address).0 as u32;
            let lines = profile.lines(index as u32);
            if lines.is_empty() {
                let function = all.function(StringId::default(), StringId::default(), address);
                all.frames.push(FrameKey::new(function, 0, number));
            }
            for line in lines.iter().rev() {
                let named = profile.function(line.function);
                let function = all.function(named.name, named.file, 0);
                all.frames.push(FrameKey::new(function, line.line, number));
            }
            all.starts.push(all.frames.len());
        }
        all
    }

    /// The frames of a location, the outermost first.
    pub(super) fn get(&self, location: u32) -> &[FrameKey] {
        let location = location as usize;
        &self.frames[self.starts[location]..self.starts[location + 1]]
    }

    /// The frame of a stack without locations.
    pub(super) fn unknown(&mut self) -> FrameKey {
        FrameKey::new(
            self.function(StringId::default(), StringId::default(), 0),
            0,
            0,
        )
    }

    /// The index of a function, which is added if it is new.
    fn function(&mut self, name: StringId, file: StringId, address: u64) -> u32 {
        let function = FunctionKey {
            name,
            file,
            address,
        };
        let index = self.functions.insert_full(function).0;
        u32::try_from(index).expect("files of 4 GiB and more are not read")
    }
}
