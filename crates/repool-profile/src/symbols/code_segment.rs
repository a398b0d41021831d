//! Where the machine code of a module is, in its file and in memory: what a profile's mapping says.

use std::fs::File;
use std::ops::Range;

use object::Endianness;
use object::elf::{ELF_NOTE_GNU, FileHeader64, NT_GNU_BUILD_ID, PF_X, PT_LOAD};
use object::read::ReadCache;
use object::read::elf::{FileHeader, ProgramHeader};

use super::module::Module;

/// The executable segments of a module, as one range.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeSegment {
    /// The addresses of its pages in memory.
    pub range: Range<u64>,
    /// The offset in the file of the first page.
    pub file_offset: u64,
}

/// Bytes of a page.
const PAGE: u64 = 4096;

/// Reads the code segment from the module's file. The offset in the file and the address in memory
/// differ by another amount in each segment, and pprof's disassembly needs those of the code. If
/// the file cannot be read, returns the module's whole range with the offset 0.
#[must_use]
pub fn code_segment(module: &Module) -> CodeSegment {
    read(module).unwrap_or(CodeSegment {
        range: module.start..module.end,
        file_offset: 0,
    })
}

/// `None` if the file cannot be read, or has another build id than the module.
fn read(module: &Module) -> Option<CodeSegment> {
    let file = ReadCache::new(File::open(&module.path).ok()?);
    let header = FileHeader64::<Endianness>::parse(&file).ok()?;
    let endian = header.endian().ok()?;
    let (mut first, mut end) = (None, 0);
    for segment in header.program_headers(endian, &file).ok()? {
        if let Some(mut notes) = segment.notes(endian, &file).ok()? {
            while let Some(note) = notes.next().ok()? {
                let is_id = note.n_type(endian) == NT_GNU_BUILD_ID && note.name() == ELF_NOTE_GNU;
                if is_id && note.desc() != module.build_id {
                    return None;
                }
            }
        }
        if segment.p_type(endian) == PT_LOAD && segment.p_flags(endian).contains(PF_X) {
            let address = segment.p_vaddr(endian);
            first.get_or_insert((address, segment.p_offset(endian)));
            end = address
                .checked_add(segment.p_memsz(endian))?
                .checked_next_multiple_of(PAGE)?;
        }
    }
    let (address, offset) = first?;
    let start = module.bias.wrapping_add(address - address % PAGE);
    let range = start..module.bias.wrapping_add(end);
    let is_inside = module.start <= range.start && range.end <= module.end.next_multiple_of(PAGE);
    (is_inside && !range.is_empty()).then_some(CodeSegment {
        range,
        file_offset: offset - offset % PAGE,
    })
}

#[cfg(test)]
mod tests {
    use object::{Object, ObjectSection};

    use super::*;

    /// This program, as a module at an invented address.
    fn this_program() -> Module {
        let path = std::env::current_exe().expect("this program");
        let bytes = std::fs::read(&path).expect("its file");
        let file = object::File::parse(&*bytes).expect("it is an object file");
        Module {
            path,
            start: 0x5000_0000,
            end: 0x9000_0000,
            bias: 0x5000_0000,
            build_id: file.build_id().expect("notes").unwrap_or_default().to_vec(),
        }
    }

    #[test]
    fn code_is_where_the_file_says() {
        let module = this_program();
        let bytes = std::fs::read(&module.path).expect("its file");
        let file = object::File::parse(&*bytes).expect("it is an object file");
        let text = file.section_by_name(".text").expect("code");
        let (offset, _) = text.file_range().expect("code is in the file");
        let code = code_segment(&module);
        let address = module.bias + text.address();
        assert!(code.range.contains(&address) && code.range.contains(&(address + text.size() - 1)));
        assert_eq!(address - code.range.start, offset - code.file_offset);
        assert_eq!((code.range.start % PAGE, code.file_offset % PAGE), (0, 0));
        assert_ne!(code.range, module.start..module.end);
    }

    #[test]
    fn a_file_that_does_not_match_is_not_used() {
        let whole = |module: &Module| CodeSegment {
            range: module.start..module.end,
            file_offset: 0,
        };
        let mut other = this_program();
        other.build_id = vec![1, 2, 3];
        // Only if the linker has written a build id.
        if !this_program().build_id.is_empty() {
            assert_eq!(code_segment(&other), whole(&other));
        }
        let mut small = this_program();
        small.end = small.start + PAGE;
        assert_eq!(code_segment(&small), whole(&small));
        for path in ["/nowhere", "/", "/dev/null", "/proc/self/maps"] {
            let mut module = this_program();
            module.path = path.into();
            assert_eq!(code_segment(&module), whole(&module));
        }
    }
}
