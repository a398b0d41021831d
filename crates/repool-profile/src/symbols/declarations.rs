//! The lines at which functions begin, from DWARF's declarations, which addr2line does not read.

use std::collections::HashMap;
use std::sync::Arc;

use addr2line::gimli::{
    Abbreviations, AttributeValue, DW_AT_abstract_origin, DW_AT_decl_line, DW_AT_specification,
    DebugInfoOffset, DebuggingInformationEntry, Dwarf, DwarfFileType, EndianSlice, RunTimeEndian,
    UnitHeader, UnitOffset, UnitRef,
};

/// Reads the bytes of DWARF sections.
pub(super) type DwarfReader<'a> = EndianSlice<'a, RunTimeEndian>;

/// The most references that are followed from an inlined call to its function's declaration.
const STEPS: usize = 8;

/// The lines at which the functions of a file begin.
pub(super) struct Declarations<'a> {
    dwarf: Arc<Dwarf<DwarfReader<'a>>>,
    /// The units, by offset.
    units: Vec<Unit<'a>>,
    /// The lines that were found, by the entry of the function or of the inlined call.
    known: HashMap<DebugInfoOffset, u32>,
}

/// A compilation unit.
struct Unit<'a> {
    start: DebugInfoOffset,
    header: UnitHeader<DwarfReader<'a>>,
    /// The abbreviations, read when they are first needed.
    abbreviations: Option<Arc<Abbreviations>>,
}

impl<'a> Declarations<'a> {
    pub(super) fn of(dwarf: Arc<Dwarf<DwarfReader<'a>>>) -> Self {
        let mut headers = dwarf.units();
        let mut units = Vec::new();
        // Stops at a broken unit: those after it are not found.
        while let Ok(Some(header)) = headers.next() {
            units.extend(header.debug_info_offset().map(|start| Unit {
                start,
                header,
                abbreviations: None,
            }));
        }
        Self {
            dwarf,
            units,
            known: HashMap::new(),
        }
    }

    /// The line at which the function of `entry` in `unit` begins, or 0.
    pub(super) fn line(&mut self, unit: UnitRef<'_, DwarfReader<'a>>, entry: UnitOffset) -> u32 {
        if unit.dwarf.file_type == DwarfFileType::Dwo {
            return follow_in(unit, entry).unwrap_or(0);
        }
        let Some(entry) = entry.to_debug_info_offset(&unit.unit.header) else {
            return 0;
        };
        if let Some(line) = self.known.get(&entry) {
            return *line;
        }
        let line = self.follow(entry).unwrap_or(0);
        self.known.insert(entry, line);
        line
    }

    fn follow(&mut self, mut entry: DebugInfoOffset) -> Option<u32> {
        for _ in 0..STEPS {
            let after = self.units.partition_point(|unit| unit.start <= entry);
            let unit = self.units[..after].last_mut()?;
            let abbreviations = match &mut unit.abbreviations {
                Some(read) => read,
                unread => unread.insert(self.dwarf.abbreviations(&unit.header).ok()?),
            };
            let offset = entry.to_unit_offset(&unit.header)?;
            match declared(&unit.header.entry(abbreviations, offset).ok()?)? {
                Declared::AtLine(line) => return Some(line),
                Declared::Unit(offset) => entry = offset.to_debug_info_offset(&unit.header)?,
                Declared::File(offset) => entry = offset,
            }
        }
        None
    }
}

/// As [`Declarations::follow`], in a unit of split DWARF, whose references stay in the unit.
fn follow_in(unit: UnitRef<'_, DwarfReader<'_>>, mut entry: UnitOffset) -> Option<u32> {
    for _ in 0..STEPS {
        match declared(&unit.entry(entry).ok()?)? {
            Declared::AtLine(line) => return Some(line),
            Declared::Unit(offset) => entry = offset,
            Declared::File(offset) => entry = offset.to_unit_offset(&unit.unit.header)?,
        }
    }
    None
}

/// Where an entry says that its function was declared.
enum Declared {
    AtLine(u32),
    /// Where this entry of the same unit says.
    Unit(UnitOffset),
    /// Where this entry of any unit says.
    File(DebugInfoOffset),
}

fn declared(entry: &DebuggingInformationEntry<DwarfReader<'_>>) -> Option<Declared> {
    if let Some(line) = entry.attr_value(DW_AT_decl_line) {
        let line = line.udata_value()?.try_into().ok()?;
        return Some(Declared::AtLine(line));
    }
    let origin = entry
        .attr_value(DW_AT_abstract_origin)
        .or_else(|| entry.attr_value(DW_AT_specification))?;
    match origin {
        AttributeValue::UnitRef(offset) => Some(Declared::Unit(offset)),
        AttributeValue::DebugInfoRef(offset) => Some(Declared::File(offset)),
        _ => None,
    }
}
