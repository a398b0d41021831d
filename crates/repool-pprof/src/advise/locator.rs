//! Turns the frames of a site and of its callers into [`SourceLocation`]s.

use super::alloc_stacks::{AllocStacks, FrameKey};
use super::code_owner::{crate_name, is_std, package};
use super::site::{Caller, SourceLocation};
use super::site_stats::CallPath;
use crate::profile::Profile;

/// Finds the names, files and lines of frames.
pub(super) struct SourceLocator<'a> {
    pub(super) profile: &'a Profile,
    pub(super) stacks: &'a AllocStacks,
}

/// The most calls of a call path, unless the program's own function is further out.
const MAX_CALLS: usize = 3;

/// The most call paths of a site.
const MAX_CALLERS: usize = 3;

impl SourceLocator<'_> {
    /// The name of a function; its address if it has no name.
    pub(super) fn function(&self, function: u32) -> String {
        let function = &self.stacks.functions[function as usize];
        match self.profile.string(function.name) {
            "" => format!("{:#x}", function.address),
            name => name.to_owned(),
        }
    }

    /// The location of a frame.
    pub(super) fn location(&self, frame: FrameKey) -> SourceLocation {
        let function = &self.stacks.functions[frame.function as usize];
        let file = self.profile.string(function.file);
        SourceLocation {
            function: self.function(frame.function),
            file: (!file.is_empty()).then(|| file.to_owned()),
            line: Some(u64::from(frame.line())).filter(|line| *line > 0),
        }
    }

    /// The crate of a frame's function.
    pub(super) fn crate_name(&self, frame: FrameKey) -> Option<String> {
        let function = &self.stacks.functions[frame.function as usize];
        let file = self.profile.string(function.file);
        crate_name(self.profile.string(function.name), file)
    }

    /// The call paths of a site with the most bytes. `paths` is sorted by bytes; paths whose shown
    /// calls are equal are added.
    pub(super) fn callers(&self, paths: &[CallPath]) -> Vec<Caller> {
        let mut callers: Vec<Caller> = Vec::new();
        for path in paths {
            let calls = self.calls(&path.frames);
            let (allocations, bytes) = (path.allocations as u64, path.bytes as u64);
            match callers.iter_mut().find(|known| known.calls == calls) {
                Some(known) => {
                    known.allocations = known.allocations.saturating_add(allocations);
                    known.bytes = known.bytes.saturating_add(bytes);
                }
                None => callers.push(Caller {
                    calls,
                    allocations,
                    bytes,
                }),
            }
            // Bounds the time for hostile profiles; the paths with the most bytes are first.
            if callers.len() > 8 * MAX_CALLERS {
                break;
            }
        }
        callers.retain(|caller| !caller.calls.is_empty());
        callers.sort_by_key(|caller| std::cmp::Reverse((caller.bytes, caller.allocations)));
        callers.truncate(MAX_CALLERS);
        callers
    }

    /// The shown calls of a call path.
    fn calls(&self, frames: &[FrameKey]) -> Vec<SourceLocation> {
        let mut has_own = false;
        let mut calls = Vec::new();
        for location in frames.iter().map(|frame| self.location(*frame)) {
            let file = location.file.as_deref().unwrap_or_default();
            if is_std(&location.function, file) {
                continue;
            }
            if calls.len() < MAX_CALLS || !has_own {
                let is_own = package(file).is_none();
                // Omits the calls between a library's innermost ones and the program's first.
                if calls.len() < MAX_CALLS || is_own {
                    calls.push(location);
                }
                has_own |= is_own;
            } else {
                break;
            }
        }
        calls
    }
}
