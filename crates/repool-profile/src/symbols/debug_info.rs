//! Looks functions, files and lines up in DWARF, by addr2line.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use addr2line::gimli::{Dwarf, DwarfSections, EndianSlice, RunTimeEndian};
use addr2line::{Context, FrameIter, LookupContinuation, LookupResult};

use super::declarations::{Declarations, DwarfReader};
use super::name::is_mangled;
use super::split::{SplitDwarf, SplitFiles};

/// The debugging information of one file.
pub(super) struct DebugInfo<'a> {
    context: Context<DwarfReader<'a>>,
    declarations: Declarations<'a>,
    split: SplitDwarf<'a>,
}

/// One function at an instruction and its position in the source, as DWARF has them.
#[derive(Default)]
pub(super) struct SourceLocation<'a> {
    /// The mangled name, which is full.
    pub(super) name: Option<Cow<'a, str>>,
    /// The bare name, as `push<u8>`, if DWARF has no mangled one.
    pub(super) bare: Option<Cow<'a, str>>,
    /// The path of the source file.
    pub(super) file: Option<String>,
    /// The line at the instruction; 0 if unknown, or shared by several lines.
    pub(super) line: u32,
    /// The line at which the function begins; 0 if unknown.
    pub(super) start_line: u32,
}

impl<'a> DebugInfo<'a> {
    /// Reads the sections of the program at `path`, or of its debug file. Files of split DWARF are
    /// kept in `split`. `None` if the sections cannot be read.
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

    /// Sets `places` to the functions at `address`, the innermost first.
    ///
    /// Leaves `places` empty if only the line table has the address (the split unit is missing, or
    /// the compiler wrote no more): the line may be that of an inlined function, and must not be
    /// shown as another function's.
    pub(super) fn at(&mut self, address: u64, places: &mut Vec<SourceLocation<'a>>) {
        places.clear();
        let Some(mut frames) = frames(&self.context, &self.split, address) else {
            return;
        };
        let mut unit = None;
        let unit_of = || self.context.find_dwarf_and_unit(address).skip_all_loads();
        // An error keeps the functions that were found before it.
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

/// The functions at `address`, with the units of split DWARF.
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
