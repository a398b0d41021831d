//! The bytes of a file, of which only those that are looked at are read.
//!
//! M1: the files that are mapped are programs and libraries, of this process or of one that was
//! profiled, or the debugging information kept for them. Linkers and package managers replace such a
//! file by another one in its place; writing into it would break the running code itself, which is
//! mapped from the same file. A mapping lives only while addresses are looked up.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

pub(crate) struct MappedFile(Mmap);

impl MappedFile {
    /// # Errors
    ///
    /// If there is no such file, it may not be read or is not an ordinary one.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        // Before it is opened, for opening a pipe waits for its writer.
        if !path.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let file = File::open(path)?;
        // SAFETY: nobody changes the bytes meanwhile (M1).
        unsafe { Mmap::map(&file) }.map(Self)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
