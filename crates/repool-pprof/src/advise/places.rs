use super::figures;
use super::site::{Caller, Place};
use super::stacks::{Frame, Stacks};
use crate::Profile;

/// Says where something is in the source.
pub(super) struct Places<'a> {
    pub(super) profile: &'a Profile,
    pub(super) stacks: &'a Stacks,
}

/// Callers are told up to so many calls, and so far out for the program's own.
const CALLS: usize = 3;
const CALLERS: usize = 3;

impl Places<'_> {
    pub(super) fn place(&self, frame: Frame) -> Place {
        let function = &self.stacks.functions[frame.function as usize];
        let name = self.profile.text(function.name);
        let file = self.profile.text(function.file);
        Place {
            function: if name.is_empty() {
                format!("{:#x}", function.address)
            } else {
                name.to_owned()
            },
            file: (!file.is_empty()).then(|| file.to_owned()),
            line: u64::try_from(frame.line).ok().filter(|line| *line > 0),
        }
    }

    /// The heaviest ways to a site.
    pub(super) fn callers(&self, callers: &[figures::Caller]) -> Vec<Caller> {
        let mut told: Vec<Caller> = Vec::new();
        for caller in callers {
            let calls = self.calls(&caller.frames);
            let (allocations, bytes) = (caller.allocations as u64, caller.bytes as u64);
            match told.iter_mut().find(|known| known.calls == calls) {
                Some(known) => {
                    known.allocations = known.allocations.saturating_add(allocations);
                    known.bytes = known.bytes.saturating_add(bytes);
                }
                None => told.push(Caller {
                    calls,
                    allocations,
                    bytes,
                }),
            }
            // Enough for the heaviest, unless all of a made-up profile's look alike.
            if told.len() > 8 * CALLERS {
                break;
            }
        }
        told.retain(|caller| !caller.calls.is_empty());
        told.sort_by_key(|caller| std::cmp::Reverse((caller.bytes, caller.allocations)));
        told.truncate(CALLERS);
        told
    }

    fn calls(&self, frames: &[Frame]) -> Vec<Place> {
        let mut own = false;
        let mut calls = Vec::new();
        for place in frames.iter().map(|frame| self.place(*frame)) {
            if is_std(&place) {
                continue;
            }
            if calls.len() < CALLS || !own {
                let is_own = !is_library(&place);
                // Between a library's innermost calls and the program's own there may be many.
                if calls.len() < CALLS || is_own {
                    calls.push(place);
                }
                own |= is_own;
            } else {
                break;
            }
        }
        calls
    }
}

/// Whether a function is of the standard library, or of what starts threads and programs.
fn is_std(place: &Place) -> bool {
    let name = place
        .function
        .trim_start_matches('<')
        .trim_start_matches('&');
    let is_crate = ["std::", "core::", "alloc::", "__", "_start", "clone3"]
        .iter()
        .any(|start| name.starts_with(start));
    let of_c = name == "main" && place.file.is_none();
    let in_file = place
        .file
        .as_deref()
        .is_some_and(|file| file.contains("/rustc/") || file.contains("/lib/rustlib/src/rust/"));
    is_crate || of_c || in_file
}

/// Whether a function is of a library from Cargo's registry or a checkout of Git.
fn is_library(place: &Place) -> bool {
    let in_file = |file: &str| file.contains("/registry/src/") || file.contains("/git/checkouts/");
    place.file.as_deref().is_some_and(in_file)
}
