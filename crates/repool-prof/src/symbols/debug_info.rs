//! What DWARF says about instructions.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use addr2line::gimli::{Dwarf, DwarfSections, EndianSlice, RunTimeEndian};
use addr2line::{Context, FrameIter, LookupContinuation, LookupResult};

use super::declarations::{Declarations, DwarfReader};
use super::name::is_mangled;
use super::split::{SplitDwarf, SplitFiles};

/// What DWARF says about the instructions of one file.
pub(super) struct DebugInfo<'a> {
    context: Context<DwarfReader<'a>>,
    declarations: Declarations<'a>,
    split: SplitDwarf<'a>,
}

/// A function at an instruction, as DWARF has it.
#[derive(Default)]
pub(super) struct SourceLocation<'a> {
    /// Mangled, and so in full.
    pub(super) name: Option<Cow<'a, str>>,
    /// As `push<u8>`, where it is not in full.
    pub(super) bare: Option<Cow<'a, str>>,
    pub(super) file: Option<String>,
    pub(super) line: u32,
    pub(super) start_line: u32,
}

impl<'a> DebugInfo<'a> {
    /// Reads the sections of a file of the program at `path`; what was split off goes into `split`.
    /// `None` where there are none, or none that can be read.
    pub(super) fn of(
        sections: &'a DwarfSections<Cow<'a, [u8]>>,
        little_endian: bool,
        path: &Path,
        split: &'a SplitFiles,
    ) -> Option<Self> {
        let endian = if little_endian {
            RunTimeEndian::Little
        } else {
            RunTimeEndian::Big
        };
        let dwarf: Arc<Dwarf<DwarfReader<'a>>> =
            Arc::new(sections.borrow(|section| EndianSlice::new(section, endian)));
        Some(Self {
            context: Context::from_arc_dwarf(Arc::clone(&dwarf)).ok()?,
            declarations: Declarations::of(dwarf),
            split: SplitDwarf::of(path, split, endian),
        })
    }

    /// The functions at `address`, the innermost first, into `places`.
    ///
    /// There are none where only the line table knows the address (the unit's other half is gone, or
    /// the compiler was asked for nothing more): the line may be that of a function that was inlined,
    /// and must not be shown as another one's.
    pub(super) fn at(&mut self, address: u64, places: &mut Vec<SourceLocation<'a>>) {
        places.clear();
        let Some(mut frames) = frames(&self.context, &self.split, address) else {
            return;
        };
        let mut unit = None;
        let unit_of = || self.context.find_dwarf_and_unit(address).skip_all_loads();
        // An error further out leaves what was found.
        while let Ok(Some(frame)) = frames.next() {
            let Some(entry) = frame.dw_die_offset else {
                continue;
            };
            let unit = *unit.get_or_insert_with(unit_of);
            let start_line = unit.map_or(0, |unit| self.declarations.line(unit, entry));
            let name = frame
                .function
                .map(|function| function.name.to_string_lossy());
            let (name, bare) = match name {
                Some(name) if !is_mangled(&name) => (None, Some(name)),
                name => (name, None),
            };
            let location = frame.location.as_ref();
            places.push(SourceLocation {
                name,
                bare,
                file: location.and_then(|location| location.file.map(str::to_owned)),
                line: location.and_then(|location| location.line).unwrap_or(0),
                start_line,
            });
        }
    }
}

/// What is known of `address`, with the units that were split off.
fn frames<'c, 'a>(
    context: &'c Context<DwarfReader<'a>>,
    split: &SplitDwarf<'a>,
    address: u64,
) -> Option<FrameIter<'c, DwarfReader<'a>>> {
    let mut found = context.find_frames(address);
    loop {
        found = match found {
            LookupResult::Output(frames) => return frames.ok(),
            LookupResult::Load { load, continuation } => continuation.resume(split.load(&load)),
        };
    }
}
