//! Where functions begin, by DWARF's declarations.

use std::collections::HashMap;
use std::sync::Arc;

use addr2line::gimli::{
    Abbreviations, AttributeValue, DW_AT_abstract_origin, DW_AT_decl_line, DW_AT_specification,
    DebugInfoOffset, DebuggingInformationEntry, Dwarf, DwarfFileType, EndianSlice, RunTimeEndian,
    UnitHeader, UnitOffset, UnitRef,
};

pub(super) type DwarfReader<'a> = EndianSlice<'a, RunTimeEndian>;

/// How many references are followed from an inlined call to its function's declaration.
const STEPS: usize = 8;

/// The lines at which functions begin.
pub(super) struct Declarations<'a> {
    dwarf: Arc<Dwarf<DwarfReader<'a>>>,
    /// In the order of the file, which is that of their offsets.
    units: Vec<Unit<'a>>,
    /// By the entry of the function, or of the inlined call of it.
    known: HashMap<DebugInfoOffset, u32>,
}

struct Unit<'a> {
    start: DebugInfoOffset,
    header: UnitHeader<DwarfReader<'a>>,
    /// Read when it is first needed.
    abbreviations: Option<Arc<Abbreviations>>,
}

impl<'a> Declarations<'a> {
    pub(super) fn of(dwarf: Arc<Dwarf<DwarfReader<'a>>>) -> Self {
        let mut headers = dwarf.units();
        let mut units = Vec::new();
        // What follows a broken unit is not found.
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

    /// The line of the function of `entry`, which is in `unit`, or 0.
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

/// As [`Declarations::follow`], in a unit that was split off: it refers to itself alone.
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

/// What an entry says of where its function was declared.
enum Declared {
    AtLine(u32),
    /// What this entry of the same unit says.
    Unit(UnitOffset),
    /// What this entry of any unit says.
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
