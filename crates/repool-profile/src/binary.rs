//! Symbol lookup in a program or library on disk, by address.
//!
//! For readers of profiles whose functions have no names: profiles of stripped programs, and those
//! of tools that write addresses only. The lookup itself is that of [`symbols`], which the
//! profiler uses for the running process.

use std::io;
use std::path::Path;
use std::sync::Arc;

use object::elf::PF_X;
use object::{Object, ObjectSection, ObjectSegment, SectionKind, SegmentFlags};

use crate::symbols::{self, Frame, MappedFile, Module, ResolvedLine, Symbols};

/// A program or a library on disk, whose functions can be looked up by address.
///
/// Names come from its symbols; inlined functions, files and lines from its debugging information.
/// Split debugging information is found by the build id below `/usr/lib/debug/.build-id`, by the
/// section `.gnu_debuglink`, and, for split DWARF, in a `.dwp` or in `.dwo` files.
///
/// ```
/// use repool_profile::binary::Binary;
///
/// let program = Binary::open(std::env::current_exe()?)?;
/// let nothing = program.functions_at(&[0]);
/// assert!(nothing[0].is_empty(), "{nothing:?}");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Binary {
    module: Module,
    segments: Vec<LoadSegment>,
}

/// A loadable segment of the file (ELF's `PT_LOAD`).
#[derive(Clone, Debug, PartialEq, Eq)]
struct LoadSegment {
    address: u64,
    size: u64,
    /// Bytes from the start of the file.
    offset: u64,
    /// Bytes of the segment that are in the file.
    file_size: u64,
    is_code: bool,
}

/// Bytes of a page, to which linkers and loaders round segments.
const PAGE: u64 = 4096;

impl Binary {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// If the file does not exist, may not be read, or is no program or library in ELF.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let mapping = MappedFile::open(path)?;
        let file = object::File::parse(mapping.bytes()).map_err(|_| {
            let problem = "it is no program or library in ELF";
            io::Error::new(io::ErrorKind::InvalidData, problem)
        })?;
        let build_id = file.build_id().ok().flatten().unwrap_or_default();
        Ok(Self {
            module: module(path, build_id),
            segments: segments(&file),
        })
    }

    /// The file at `path`, if it has this build id. If the file is gone or has another id, the
    /// debugging information with this id below `/usr/lib/debug/.build-id`, where distributions put
    /// it; `None` if that is missing too. An empty build id matches every file.
    ///
    /// ```
    /// use repool_profile::binary::Binary;
    ///
    /// let path = std::env::current_exe()?;
    /// let program = Binary::open(&path)?;
    /// assert!(Binary::find(&path, program.build_id()).is_some());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn find(path: &Path, build_id: &[u8]) -> Option<Self> {
        let found = Self::open(path).ok();
        let is_it = |found: &Self| {
            let id = found.build_id();
            id.is_empty() || build_id.is_empty() || id == build_id
        };
        found.filter(is_it).or_else(|| {
            let module = module(path, build_id);
            let mapping = symbols::open_debug_file(&module, None)?;
            let segments = segments(&object::File::parse(mapping.bytes()).ok()?);
            Some(Self { module, segments })
        })
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.module.path
    }

    /// The GNU build id that the linker wrote; empty if the file has none.
    #[must_use]
    pub fn build_id(&self) -> &[u8] {
        &self.module.build_id
    }

    /// Whether the machine code of both files is the same, byte for byte and at the same addresses,
    /// as it is before and after a program was stripped.
    ///
    /// # Errors
    ///
    /// If one of the files can no longer be read.
    ///
    /// ```
    /// use repool_profile::binary::Binary;
    ///
    /// let program = Binary::open(std::env::current_exe()?)?;
    /// assert!(program.has_code_of(&program)?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn has_code_of(&self, other: &Self) -> io::Result<bool> {
        let files = [
            MappedFile::open(&self.module.path)?,
            MappedFile::open(&other.module.path)?,
        ];
        let [ours, theirs] = files.each_ref().map(|mapping| code(mapping.bytes()));
        Ok(ours.is_some() && ours == theirs)
    }

    /// Converts an address in memory to one in the file, if the file's bytes from `offset` on were
    /// mapped at `start..limit`, as a profile's mapping says.
    #[must_use]
    pub fn address_in_file(&self, address: u64, start: u64, limit: u64, offset: u64) -> u64 {
        let distance = address.wrapping_sub(start);
        let first = self.segments.iter().map(|segment| segment.address).min();
        let first = first.unwrap_or(0) / PAGE * PAGE;
        let last = self
            .segments
            .iter()
            .map(LoadSegment::end)
            .max()
            .unwrap_or(0);
        let span = last.saturating_sub(first).next_multiple_of(PAGE);
        if offset == 0 && limit.wrapping_sub(start).next_multiple_of(PAGE) == span {
            // The mapping is the whole file as the loader laid it out.
            return first.wrapping_add(distance);
        }
        let at = distance.wrapping_add(offset);
        let holds = |segment: &&LoadSegment| {
            let begin = segment.offset / PAGE * PAGE;
            at >= begin && at < segment.offset.saturating_add(segment.file_size)
        };
        let segments = || self.segments.iter().filter(holds);
        if let Some(segment) = segments().find(|s| s.is_code).or(segments().next()) {
            return at
                .wrapping_sub(segment.offset)
                .wrapping_add(segment.address);
        }
        // A file that has only debugging information does not say where its code is in the program.
        let code = self.segments.iter().find(|segment| segment.is_code);
        let code = code.map_or(0, |segment| segment.address / PAGE * PAGE);
        code.wrapping_add(distance)
    }

    /// The functions at each of `addresses` in the file, the innermost first: several if functions
    /// were inlined, none if the file names none.
    ///
    /// For a frame of a stack, pass an address within the call instruction, not the return address.
    ///
    /// ```
    /// use repool_profile::binary::Binary;
    ///
    /// let program = Binary::open(std::env::current_exe()?)?;
    /// for function in program.functions_at(&[0x1234]).iter().flatten() {
    ///     println!("{} at {}:{}", function.name, function.file, function.line);
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn functions_at(&self, addresses: &[u64]) -> Vec<Vec<ResolvedFunction>> {
        // The frames refer to module 1, because module 0 is the running program.
        let modules = [self.module.clone(), self.module.clone()];
        let frame = |address: &u64| Frame::new(1, *address);
        let mut symbols = Symbols::default();
        symbols.resolve(&modules, &mut addresses.iter().map(frame));
        let functions = |address: &u64| {
            let lines = symbols.lines(frame(address));
            let known = self.may_hold_code(*address) && lines.iter().any(|line| line.named);
            let lines = if known { lines } else { &[] };
            lines.iter().map(ResolvedFunction::from).collect()
        };
        addresses.iter().map(functions).collect()
    }

    /// Whether code may be at that address of the file. Debugging information of functions that the
    /// linker left out is at address 0, where there is none.
    fn may_hold_code(&self, address: u64) -> bool {
        let mut code = self.segments.iter().filter(|segment| segment.is_code);
        let is_told = code.clone().next().is_some();
        !is_told || code.any(|segment| (segment.address..segment.end()).contains(&address))
    }
}

/// One function at an address, from [`Binary::functions_at`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResolvedFunction {
    /// The demangled full name, without a hash.
    pub name: Arc<str>,
    /// The path of the source file; empty if unknown.
    pub file: Arc<str>,
    /// The line at the address, or of the call that was inlined there; 0 if unknown.
    pub line: u32,
    /// The line at which the function begins; 0 if unknown.
    pub start_line: u32,
    /// Whether the function belongs to the allocator, the standard library or a collection, whose
    /// frames profiles leave out if they are innermost: [`FOLDED_CRATES`](crate::FOLDED_CRATES).
    pub is_folded: bool,
}

/// The former name of [`ResolvedFunction`].
#[deprecated(since = "0.1.0", note = "renamed to `ResolvedFunction`")]
pub type Function = ResolvedFunction;

impl From<&ResolvedLine> for ResolvedFunction {
    fn from(line: &ResolvedLine) -> Self {
        Self {
            name: Arc::clone(&line.name),
            file: Arc::clone(&line.file),
            line: line.line,
            start_line: line.start_line,
            is_folded: line.folded,
        }
    }
}

/// A module whose addresses in memory are those in the file.
fn module(path: &Path, build_id: &[u8]) -> Module {
    Module {
        path: path.to_owned(),
        start: 0,
        end: u64::MAX,
        bias: 0,
        build_id: build_id.to_owned(),
    }
}

impl LoadSegment {
    fn end(&self) -> u64 {
        self.address.saturating_add(self.size)
    }
}

fn segments(file: &object::File<'_>) -> Vec<LoadSegment> {
    // The segments' flags decide, not the sections: a file that has only debugging information has
    // no bytes for code.
    let is_code = |flags| match flags {
        SegmentFlags::Elf { p_flags, .. } => p_flags.contains(PF_X),
        _ => false,
    };
    file.segments()
        .map(|segment| {
            let (offset, file_size) = segment.file_range();
            LoadSegment {
                address: segment.address(),
                size: segment.size(),
                offset,
                file_size,
                is_code: is_code(segment.flags()),
            }
        })
        .collect()
}

/// The bytes of a file's code sections, with their addresses.
fn code(bytes: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let file = object::File::parse(bytes).ok()?;
    let mut code = Vec::new();
    for section in file.sections().filter(|s| s.kind() == SectionKind::Text) {
        code.push((section.address(), section.data().ok()?));
    }
    (!code.is_empty()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(segments: &[(u64, u64, u64, u64, bool)]) -> Binary {
        let segment = |&(address, size, offset, file_size, is_code)| LoadSegment {
            address,
            size,
            offset,
            file_size,
            is_code,
        };
        Binary {
            module: module(Path::new("/srv/app"), &[]),
            segments: segments.iter().map(segment).collect(),
        }
    }

    #[test]
    fn addresses_count_from_where_the_mapping_is_in_the_file() {
        // LLD's layout: code is one page further in memory than in the file.
        let lld = binary(&[
            (0x0, 0x1800, 0x0, 0x1800, false),
            (0x2800, 0x5000, 0x1800, 0x5000, true),
        ]);
        let start = 0x5555_0000_2000;
        let of_code = lld.address_in_file(start + 0x900, start, start + 0x6000, 0x1000);
        assert_eq!(of_code, 0x2900);
        // An address in a page that two segments share counts as code.
        assert_eq!(
            lld.address_in_file(start + 0x810, start, start + 0x6000, 0x1000),
            0x2810
        );
        // A mapping of the whole module.
        let start = 0x5555_0000_0000;
        let whole = lld.address_in_file(start + 0x2900, start, start + 0x8000, 0);
        assert_eq!(whole, 0x2900);
        // A program that is not relocated.
        let fixed = binary(&[(0x40_0000, 0x9000, 0, 0x9000, true)]);
        assert_eq!(
            fixed.address_in_file(0x40_1234, 0x40_0000, 0x40_9000, 0),
            0x40_1234
        );
    }

    #[test]
    fn a_file_with_debugging_information_alone_has_its_code_where_the_mapping_is() {
        let debug = binary(&[
            (0x0, 0x1800, 0x0, 0x300, false),
            (0x2800, 0x5000, 0x300, 0, true),
        ]);
        let start = 0x5555_0000_2000;
        let address = debug.address_in_file(start + 0x900, start, start + 0x6000, 0x1800);
        assert_eq!(address, 0x2900);
    }

    #[test]
    fn what_is_no_program_is_refused() {
        let error = Binary::open("/dev/null").expect_err("no ordinary file");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let error = Binary::open("/nonexistent").expect_err("no file");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let error = Binary::open(file!()).or_else(|_| Binary::open("Cargo.toml"));
        assert_eq!(error.expect_err("text").kind(), io::ErrorKind::InvalidData);
    }
}
