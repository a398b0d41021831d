use std::collections::HashMap;
use std::sync::Arc;

use addr2line::gimli::{
    Abbreviations, AttributeValue, DW_AT_abstract_origin, DW_AT_decl_line, DW_AT_specification,
    DebugInfoOffset, Dwarf, EndianSlice, RunTimeEndian, UnitHeader,
};

pub(super) type Reader<'a> = EndianSlice<'a, RunTimeEndian>;

/// How many references are followed from an inlined call to its function's declaration.
const STEPS: usize = 8;

/// The lines at which functions begin.
pub(super) struct Declarations<'a> {
    dwarf: Arc<Dwarf<Reader<'a>>>,
    /// In the order of the file, which is that of their offsets.
    units: Vec<Unit<'a>>,
    /// By the entry of the function, or of the inlined call of it.
    known: HashMap<DebugInfoOffset, u32>,
}

struct Unit<'a> {
    start: DebugInfoOffset,
    header: UnitHeader<Reader<'a>>,
    /// Read when it is first needed.
    abbreviations: Option<Arc<Abbreviations>>,
}

impl<'a> Declarations<'a> {
    pub(super) fn of(dwarf: Arc<Dwarf<Reader<'a>>>) -> Self {
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

    /// The line of the function of `entry`, or 0.
    pub(super) fn line(&mut self, entry: DebugInfoOffset) -> u32 {
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
            let found = unit.header.entry(abbreviations, offset).ok()?;
            if let Some(line) = found.attr_value(DW_AT_decl_line) {
                return line.udata_value()?.try_into().ok();
            }
            let origin = found
                .attr_value(DW_AT_abstract_origin)
                .or_else(|| found.attr_value(DW_AT_specification))?;
            entry = match origin {
                AttributeValue::UnitRef(offset) => offset.to_debug_info_offset(&unit.header)?,
                AttributeValue::DebugInfoRef(offset) => offset,
                _ => return None,
            };
        }
        None
    }
}
