use std::borrow::Cow;
use std::sync::Arc;

use addr2line::Context;
use addr2line::gimli::{Dwarf, DwarfSections, EndianSlice, RunTimeEndian};

use super::declarations::{Declarations, Reader};
use super::name::is_mangled;

/// What DWARF says about the instructions of one file.
pub(super) struct DebugInfo<'a> {
    context: Context<Reader<'a>>,
    declarations: Declarations<'a>,
}

/// A function at an instruction, as DWARF has it.
#[derive(Default)]
pub(super) struct Place<'a> {
    /// Mangled, and so in full.
    pub(super) name: Option<Cow<'a, str>>,
    /// As `push<u8>`, where it is not in full.
    pub(super) bare: Option<Cow<'a, str>>,
    pub(super) file: Option<String>,
    pub(super) line: u32,
    pub(super) start_line: u32,
}

impl<'a> DebugInfo<'a> {
    /// `None` where there is none, or none that can be read.
    pub(super) fn of(
        sections: &'a DwarfSections<Cow<'a, [u8]>>,
        little_endian: bool,
    ) -> Option<Self> {
        let endian = if little_endian {
            RunTimeEndian::Little
        } else {
            RunTimeEndian::Big
        };
        let dwarf: Arc<Dwarf<Reader<'a>>> =
            Arc::new(sections.borrow(|section| EndianSlice::new(section, endian)));
        Some(Self {
            context: Context::from_arc_dwarf(Arc::clone(&dwarf)).ok()?,
            declarations: Declarations::of(dwarf),
        })
    }

    /// The functions at `address`, the innermost first, into `places`.
    pub(super) fn at(&mut self, address: u64, places: &mut Vec<Place<'a>>) {
        places.clear();
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else {
            return;
        };
        let mut unit = None;
        let unit_of = || self.context.find_dwarf_and_unit(address).skip_all_loads();
        // An error further out leaves what was found.
        while let Ok(Some(frame)) = frames.next() {
            let entry = frame.dw_die_offset.and_then(|entry| {
                let unit = (*unit.get_or_insert_with(unit_of))?;
                entry.to_debug_info_offset(&unit.unit.header)
            });
            let start_line = entry.map_or(0, |entry| self.declarations.line(entry));
            let name = frame
                .function
                .map(|function| function.name.to_string_lossy());
            let (name, bare) = match name {
                Some(name) if !is_mangled(&name) => (None, Some(name)),
                name => (name, None),
            };
            let location = frame.location.as_ref();
            places.push(Place {
                name,
                bare,
                file: location.and_then(|location| location.file.map(str::to_owned)),
                line: location.and_then(|location| location.line).unwrap_or(0),
                start_line,
            });
        }
    }
}
