//! Turns the frames of a site and of its callers into [`SourceLocation`]s.

use super::alloc_stacks::{AllocStacks, FrameKey};
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
    /// The location of a frame.
    pub(super) fn location(&self, frame: FrameKey) -> SourceLocation {
        let function = &self.stacks.functions[frame.function as usize];
        let name = self.profile.string(function.name);
        let file = self.profile.string(function.file);
        SourceLocation {
            function: if name.is_empty() {
                format!("{:#x}", function.address)
            } else {
                name.to_owned()
            },
            file: (!file.is_empty()).then(|| file.to_owned()),
            line: u64::try_from(frame.line).ok().filter(|line| *line > 0),
        }
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
            if is_std(&location) {
                continue;
            }
            if calls.len() < MAX_CALLS || !has_own {
                let is_own = !is_library(&location);
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

/// Whether a function is of the standard library, or starts threads or programs.
fn is_std(location: &SourceLocation) -> bool {
    let name = location
        .function
        .trim_start_matches('<')
        .trim_start_matches('&');
    let is_crate = ["std::", "core::", "alloc::", "__", "_start", "clone3"]
        .iter()
        .any(|start| name.starts_with(start));
    let is_c_main = name == "main" && location.file.is_none();
    let in_file = location
        .file
        .as_deref()
        .is_some_and(|file| file.contains("/rustc/") || file.contains("/lib/rustlib/src/rust/"));
    is_crate || is_c_main || in_file
}

/// Whether a function is of a library from Cargo's registry or from a Git checkout.
fn is_library(location: &SourceLocation) -> bool {
    let in_file = |file: &str| file.contains("/registry/src/") || file.contains("/git/checkouts/");
    location.file.as_deref().is_some_and(in_file)
}
