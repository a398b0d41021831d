//! The bytes of a file, of which only those that are looked at are read.
//!
//! M1: the files that are mapped are programs and libraries that this process has loaded, or the
//! debugging information kept for them. Whoever replaces one puts another file in its place, as
//! linkers and package managers do; writing into it would break the running code itself, which is
//! mapped from the same file. A mapping lives only while addresses are looked up.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

pub(super) struct Mapping(Mmap);

impl Mapping {
    /// # Errors
    ///
    /// If there is no such file, it may not be read or is not an ordinary one.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // Before it is opened, for opening a pipe waits for its writer.
        if !path.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let file = File::open(path)?;
        // SAFETY: nobody changes the bytes meanwhile (M1).
        unsafe { Mmap::map(&file) }.map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
