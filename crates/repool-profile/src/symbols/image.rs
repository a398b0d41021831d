//! Finds and opens a module's file, and the debug file that belongs to it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use addr2line::gimli::{DwarfSections, SectionId};
use flate2::Crc;
use object::{Object, ObjectSection};

use super::mapped_file::MappedFile;
use super::module::Module;

/// The folder in which distributions put debug files.
const DEBUG_FILES: &str = "/usr/lib/debug";
/// The file that the process runs from, also if it was replaced or deleted.
const PROGRAM: &str = "/proc/self/exe";

/// Opens the file that `module` was loaded from, if its build id is still the same.
pub(super) fn open(module: &Module, is_program: bool) -> Option<MappedFile> {
    let ours = |mapping: &MappedFile| match (build_id(mapping), &*module.build_id) {
        (_, []) => true,
        (found, known) => found.is_none_or(|found| found == known),
    };
    let program = || {
        // The running program need not be the profiled one; only the build id tells.
        let known = !module.build_id.is_empty();
        let mapping =
            (is_program && known).then(|| MappedFile::open(Path::new(PROGRAM)).ok())??;
        (build_id(&mapping) == Some(&module.build_id)).then_some(mapping)
    };
    MappedFile::open(&module.path)
        .ok()
        .filter(ours)
        .or_else(program)
}

/// Opens a module's debug file: the separate file with its symbols and debugging information.
///
/// Searches as debuggers do. First by the build id. Then by the name in the section
/// `.gnu_debuglink` of the module's `file`, if that exists: in the module's folder, in `.debug`
/// there, and in the same folder below `/usr/lib/debug`.
pub(crate) fn open_debug_file(
    module: &Module,
    file: Option<&object::File<'_>>,
) -> Option<MappedFile> {
    find_debug_file(Path::new(DEBUG_FILES), module, file)
}

/// As [`open_debug_file`], with debug files below `root`.
pub(super) fn find_debug_file(
    root: &Path,
    module: &Module,
    file: Option<&object::File<'_>>,
) -> Option<MappedFile> {
    let by_build_id = || {
        let mapping = MappedFile::open(&debug_file(root, &module.build_id)?).ok()?;
        (build_id(&mapping) == Some(&*module.build_id)).then_some(mapping)
    };
    by_build_id().or_else(|| {
        let (name, checksum) = file?.gnu_debuglink().ok()??;
        let id = file?.build_id().ok()?;
        linked_files(root, &module.path, path_of(name))?
            .into_iter()
            .find_map(|path| {
                let mapping = MappedFile::open(&path).ok()?;
                let is_its = match (build_id(&mapping), id) {
                    (Some(found), Some(wanted)) => found == wanted,
                    _ => checksum_of(mapping.bytes()) == checksum,
                };
                is_its.then_some(mapping)
            })
    })
}

/// The path of the debug file with this build id, below `root`.
fn debug_file(root: &Path, id: &[u8]) -> Option<PathBuf> {
    let (first, rest) = id.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = root.join(".build-id").join(format!("{first:02x}"));
    Some(folder.join(rest + ".debug"))
}

/// The paths at which the debug file `name` of the module at `path` may be.
fn linked_files(root: &Path, path: &Path, name: &Path) -> Option<[PathBuf; 3]> {
    let name = name.file_name()?;
    let folder = path.parent()?;
    let below_root = folder.strip_prefix("/").unwrap_or(folder);
    Some([
        folder.join(name),
        folder.join(".debug").join(name),
        root.join(below_root).join(name),
    ])
}

fn checksum_of(bytes: &[u8]) -> u32 {
    let mut checksum = Crc::new();
    checksum.update(bytes);
    checksum.sum()
}

fn build_id(mapping: &MappedFile) -> Option<&[u8]> {
    parse(mapping.bytes())?.build_id().ok()?
}

/// Parses an object file; `None` if it is none.
pub(super) fn parse(bytes: &[u8]) -> Option<object::File<'_>> {
    object::File::parse(bytes).ok()
}

pub(super) fn has_debug_info(file: &object::File<'_>) -> bool {
    file.section_by_name(".debug_info").is_some()
}

/// The sections with debugging information, decompressed if necessary. A broken section is returned
/// as empty.
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

/// Converts the bytes of a path in an object file.
#[cfg(unix)]
pub(super) fn path_of(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

/// Converts the bytes of a path in an object file; to an empty path if they are not UTF-8.
#[cfg(not(unix))]
pub(super) fn path_of(bytes: &[u8]) -> &Path {
    Path::new(str::from_utf8(bytes).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_files_are_found_by_build_id() {
        let root = Path::new("/debug");
        let found = debug_file(root, &[0x0a, 0xbc, 0x01]);
        assert_eq!(found, Some("/debug/.build-id/0a/bc01.debug".into()));
        assert_eq!(debug_file(root, &[0x0a]), None);
        assert_eq!(debug_file(root, &[]), None);
    }

    #[test]
    fn linked_files_are_beside_the_module_and_below_the_root() {
        let found = linked_files(
            Path::new("/debug"),
            Path::new("/srv/app"),
            Path::new("../a.debug"),
        );
        let expected = ["/srv/a.debug", "/srv/.debug/a.debug", "/debug/srv/a.debug"];
        assert_eq!(found, Some(expected.map(PathBuf::from)));
        assert_eq!(
            linked_files(Path::new("/debug"), Path::new("/srv/app"), Path::new("")),
            None
        );
    }

    #[test]
    fn checksums_are_those_of_the_section() {
        // GDB's manual, "Separate Debug Files": the CRC-32 of IEEE 802.3.
        assert_eq!(checksum_of(b"123456789"), 0xcbf4_3926);
    }
}
