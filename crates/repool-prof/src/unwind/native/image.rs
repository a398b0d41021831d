//! A loaded module's program headers, read in memory: its segments, tables and build id.

use core::slice;

use super::loader::LoadedModule;
use super::stack::is_readable;

/// The type of a note with a build id (`elf.h`).
const NT_GNU_BUILD_ID: u32 = 3;
/// Bytes of a page. Only a module's first page is read before its program headers are known.
const PAGE: u64 = 4096;

/// The address of the program's own headers.
fn program_headers() -> u64 {
    // SAFETY: reads a table that the kernel stored, and nothing writes to.
    unsafe { libc::getauxval(libc::AT_PHDR) }
}

/// A module whose program headers were found.
pub(super) struct Image {
    bias: u64,
    headers: &'static [libc::Elf64_Phdr],
}

impl Image {
    /// `None` if the module does not begin with its ELF header and, in the same page, its program
    /// headers. Linkers put them there.
    ///
    /// If a module has gaps between its segments, the loader names one segment alone. The module
    /// then begins at its bias, or, if it is a program that is not position-independent, at the page
    /// of the program's headers.
    ///
    /// # Safety
    ///
    /// The module stays loaded while the result is in use (U2).
    pub(super) unsafe fn of(module: &LoadedModule) -> Option<Self> {
        let first_page = match module.bias {
            0 => program_headers() / PAGE * PAGE,
            bias => bias,
        };
        // SAFETY: this function's own contract.
        unsafe { Self::at(module.start, module.bias).or_else(|| Self::at(first_page, module.bias)) }
    }

    /// The image that begins at `start`; `None` if none does.
    ///
    /// # Safety
    ///
    /// As for `of`.
    unsafe fn at(start: u64, bias: u64) -> Option<Self> {
        if start == 0 || !start.is_multiple_of(PAGE) || !is_readable(start) {
            return None;
        }
        let first = core::ptr::with_exposed_provenance::<u8>(start as usize);
        // SAFETY: U2, and the page can be read; `first` is aligned as a page.
        let header = unsafe { &*first.cast::<libc::Elf64_Ehdr>() };
        let magic = [0x7f, b'E', b'L', b'F', libc::ELFCLASS64];
        let (at, count) = (header.e_phoff, u64::from(header.e_phnum));
        let size = size_of::<libc::Elf64_Phdr>() as u64;
        let whole = header.e_ident.starts_with(&magic)
            && u64::from(header.e_phentsize) == size
            && at.is_multiple_of(8)
            && at < PAGE
            && at + count * size <= PAGE;
        if !whole {
            return None;
        }
        // SAFETY: as above; the array ends within the page and is aligned.
        let headers =
            unsafe { slice::from_raw_parts(first.add(at as usize).cast(), count as usize) };
        Some(Self { bias, headers })
    }

    /// The bytes from `address` to the end of its segment, as far as they are mapped from the file
    /// and readable.
    ///
    /// # Safety
    ///
    /// The module stays loaded while the bytes are in use (U2), and they are tables, which are not
    /// written to.
    pub(super) unsafe fn bytes_from(&self, address: u64) -> Option<&'static [u8]> {
        let end = self.headers.iter().find_map(|header| {
            let start = self.bias.wrapping_add(header.p_vaddr);
            let readable = header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_R != 0;
            let inside = address.wrapping_sub(start) < header.p_filesz;
            (readable && inside).then(|| start.wrapping_add(header.p_filesz))
        })?;
        if end < address {
            return None;
        }
        let first = core::ptr::with_exposed_provenance::<u8>(address as usize);
        // SAFETY: U2; the segment's part that is in the file is mapped and readable.
        Some(unsafe { slice::from_raw_parts(first, (end - address) as usize) })
    }

    /// The GNU build id that the linker wrote.
    ///
    /// # Safety
    ///
    /// As for `of`.
    pub(super) unsafe fn build_id(&self) -> Option<&'static [u8]> {
        self.headers
            .iter()
            .filter(|header| header.p_type == libc::PT_NOTE)
            .find_map(|header| {
                let start = self.bias.wrapping_add(header.p_vaddr);
                // SAFETY: notes are not written to.
                let bytes = unsafe { self.bytes_from(start) }?;
                let length = usize::try_from(header.p_filesz).ok()?.min(bytes.len());
                find_build_id(&bytes[..length], if header.p_align == 8 { 8 } else { 4 })
            })
    }
}

/// The descriptor of the note with the name `GNU` and the type 3.
fn find_build_id(mut notes: &[u8], align: usize) -> Option<&[u8]> {
    loop {
        let (header, rest) = notes.split_first_chunk::<12>()?;
        let word = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let (name_size, size, kind) = (word(0) as usize, word(4) as usize, word(8));
        // The alignment counts from the start of the header of 12 bytes.
        let desc_at = (12 + name_size).next_multiple_of(align) - 12;
        let desc = rest.get(desc_at..)?.get(..size)?;
        if kind == NT_GNU_BUILD_ID && rest.get(..name_size)? == b"GNU\0" {
            return Some(desc);
        }
        let next = (12 + desc_at + size).next_multiple_of(align);
        notes = notes.get(next..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(name: &[u8], kind: u32, desc: &[u8], align: usize) -> Vec<u8> {
        let mut note = Vec::new();
        for word in [name.len() as u32, desc.len() as u32, kind] {
            note.extend(word.to_le_bytes());
        }
        note.extend(name);
        note.resize(note.len().next_multiple_of(align), 0);
        note.extend(desc);
        note.resize(note.len().next_multiple_of(align), 0);
        note
    }

    #[test]
    fn finds_the_build_id_among_notes() {
        for align in [4, 8] {
            let notes = [
                note(b"GNU\0", 5, &[1; 16], align),
                note(b"Xen\0", 3, &[2; 4], align),
                note(b"longer\0", 3, &[2; 5], align),
                note(b"GNU\0", 3, &[9; 20], align),
            ]
            .concat();
            assert_eq!(find_build_id(&notes, align), Some(&[9; 20][..]), "{align}");
        }
    }

    #[test]
    fn notes_that_end_early_have_none() {
        let notes = note(b"GNU\0", 3, &[9; 20], 4);
        for length in 0..notes.len() {
            assert_eq!(find_build_id(&notes[..length], 4), None, "{length}");
        }
        assert_eq!(find_build_id(&[0xff; 64], 4), None);
    }
}
