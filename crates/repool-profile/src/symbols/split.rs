//! Split DWARF: debugging information that the compiler wrote to other files than the program.
//!
//! The program then has line tables and a *skeleton* of each unit: an id, and the name of the file
//! with the functions (DWARF 5, 3.1.2; the GNU extension of DWARF 4). The files are `.dwo`, one for
//! each unit (`-C split-debuginfo=unpacked`), or packed into one `.dwp` beside the program
//! (`packed`). A file is used only if its unit has the skeleton's id.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use addr2line::SplitDwarfLoad;
use addr2line::gimli::{self, Dwarf, DwarfPackage, EndianSlice, RunTimeEndian, SectionId};
use object::{Object, ObjectSection};
use typed_arena::Arena;

use super::declarations::DwarfReader;
use super::image;
use super::mapped_file::MappedFile;

/// Owns the bytes of the files that were opened: mappings, and decompressed sections.
#[derive(Default)]
pub(super) struct SplitFiles {
    mappings: Arena<MappedFile>,
    expanded: Arena<Vec<u8>>,
}

/// Finds the units of a program that are in other files.
pub(super) struct SplitDwarf<'a> {
    files: &'a SplitFiles,
    package: Option<DwarfPackage<DwarfReader<'a>>>,
    /// The folder of the program.
    folder: PathBuf,
    endian: RunTimeEndian,
}

impl<'a> SplitDwarf<'a> {
    /// The units of the program or the library at `path`.
    pub(super) fn of(path: &Path, files: &'a SplitFiles, endian: RunTimeEndian) -> Self {
        let mut split = Self {
            files,
            package: None,
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            endian,
        };
        split.package = packages(path)
            .iter()
            .find_map(|path| split.open_package(path));
        split
    }

    /// The unit that a skeleton stands for; `None` if its file is gone or of another build.
    pub(super) fn load(
        &self,
        load: &SplitDwarfLoad<DwarfReader<'a>>,
    ) -> Option<Arc<Dwarf<DwarfReader<'a>>>> {
        let packed = self.package.as_ref().and_then(|package| {
            let unit = package.find_cu(load.dwo_id, &load.parent);
            unit.ok().flatten()
        });
        let text = |text: &Option<DwarfReader<'a>>| {
            text.map(|text| image::path_of(text.slice()).to_owned())
        };
        let unit = packed.or_else(|| {
            let name = text(&load.path)?;
            let built = text(&load.comp_dir).unwrap_or_default().join(&name);
            // Tries where it was built, and then the folder to which it was moved with the program.
            let beside = self.folder.join(name.file_name()?);
            [built, beside]
                .iter()
                .find_map(|path| self.open_unit(path, load))
        })?;
        Some(Arc::new(unit))
    }

    fn open_package(&self, path: &Path) -> Option<DwarfPackage<DwarfReader<'a>>> {
        let file = self.open(path)?;
        let section = |id| Ok::<_, gimli::Error>(self.section(&file, id));
        let empty = EndianSlice::new(&[], self.endian);
        DwarfPackage::load(section, empty).ok()
    }

    fn open_unit(
        &self,
        path: &Path,
        load: &SplitDwarfLoad<DwarfReader<'a>>,
    ) -> Option<Dwarf<DwarfReader<'a>>> {
        let file = self.open(path)?;
        let section = |id| Ok::<_, gimli::Error>(self.section(&file, id));
        let mut unit = Dwarf::load(section).ok()?;
        let header = unit.units().next().ok()??;
        let id = unit.unit(header).ok()?.dwo_id;
        unit.make_dwo(&load.parent);
        (id == Some(load.dwo_id)).then_some(unit)
    }

    fn open(&self, path: &Path) -> Option<object::File<'a>> {
        let mapping = self.files.mappings.alloc(MappedFile::open(path).ok()?);
        image::parse(mapping.bytes())
    }

    /// A section of a split file, where its name ends in `.dwo`. A broken section is returned as
    /// empty.
    fn section(&self, file: &object::File<'a>, id: SectionId) -> DwarfReader<'a> {
        let section = id.dwo_name().and_then(|name| file.section_by_name(name));
        let data = section.and_then(|section| section.uncompressed_data().ok());
        let bytes: &'a [u8] = match data.unwrap_or_default() {
            Cow::Borrowed(bytes) => bytes,
            Cow::Owned(bytes) => self.files.expanded.alloc(bytes),
        };
        EndianSlice::new(bytes, self.endian)
    }
}

/// The paths that a program's package may have: `app.dwp`; `libapp.so.dwp` or `libapp.dwp`.
fn packages(path: &Path) -> [PathBuf; 2] {
    let mut appended = path.as_os_str().to_owned();
    appended.push(".dwp");
    [appended.into(), path.with_extension("dwp")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_after_the_program() {
        let found = packages(Path::new("/srv/app"));
        assert_eq!(found, ["/srv/app.dwp", "/srv/app.dwp"].map(PathBuf::from));
        let found = packages(Path::new("/srv/libapp.so"));
        assert_eq!(
            found,
            ["/srv/libapp.so.dwp", "/srv/libapp.dwp"].map(PathBuf::from)
        );
    }
}
