//! One module's file, and the debugging information that belongs to it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use addr2line::gimli::{DwarfSections, SectionId};
use object::{Object, ObjectSection};

use super::mapping::Mapping;
use crate::snapshot::Module;

/// Where distributions put what they strip from programs, by build id.
const DEBUG_FILES: &str = "/usr/lib/debug/.build-id";
/// The file that the program runs from, also when another has taken its place.
const PROGRAM: &str = "/proc/self/exe";

/// Opens the file that `module` was loaded from, if it is still that one.
pub(super) fn open(module: &Module, is_program: bool) -> Option<Mapping> {
    let ours = |mapping: &Mapping| match (build_id(mapping), &*module.build_id) {
        (_, []) => true,
        (found, known) => found.is_none_or(|found| found == known),
    };
    let program = || {
        // Who runs this need not be who was profiled; only the build id can tell.
        let known = !module.build_id.is_empty();
        let mapping = (is_program && known).then(|| Mapping::open(Path::new(PROGRAM)).ok())??;
        (build_id(&mapping) == Some(&module.build_id)).then_some(mapping)
    };
    Mapping::open(&module.path)
        .ok()
        .filter(ours)
        .or_else(program)
}

/// Opens the file that has the debugging information of the module with this build id, where that
/// was split off.
pub(super) fn open_debug_file(id: &[u8]) -> Option<Mapping> {
    let mapping = Mapping::open(&debug_file(Path::new(DEBUG_FILES), id)?).ok()?;
    (build_id(&mapping) == Some(id)).then_some(mapping)
}

fn debug_file(root: &Path, id: &[u8]) -> Option<PathBuf> {
    let (first, rest) = id.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(root.join(format!("{first:02x}")).join(rest + ".debug"))
}

fn build_id(mapping: &Mapping) -> Option<&[u8]> {
    parse(mapping.bytes())?.build_id().ok()?
}

/// `None` for what is no object file.
pub(super) fn parse(bytes: &[u8]) -> Option<object::File<'_>> {
    object::File::parse(bytes).ok()
}

pub(super) fn has_debug_info(file: &object::File<'_>) -> bool {
    file.section_by_name(".debug_info").is_some()
}

/// The sections with debugging information, expanded where they were compressed. One that is
/// broken is as good as none.
pub(super) fn debug_sections<'a>(file: &object::File<'a>) -> DwarfSections<Cow<'a, [u8]>> {
    let section = |id: SectionId| {
        let found = file.section_by_name(id.name());
        let data = found.and_then(|section| section.uncompressed_data().ok());
        Ok::<_, std::convert::Infallible>(data.unwrap_or_default())
    };
    match DwarfSections::load(section) {
        Ok(sections) => sections,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_files_are_found_by_build_id() {
        let root = Path::new("/debug");
        let found = debug_file(root, &[0x0a, 0xbc, 0x01]);
        assert_eq!(found, Some("/debug/0a/bc01.debug".into()));
        assert_eq!(debug_file(root, &[0x0a]), None);
        assert_eq!(debug_file(root, &[]), None);
    }
}
