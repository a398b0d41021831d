//! A file mapped into memory, of which the system reads only the pages that are used.
//!
//! M1: mapped files are programs and libraries, of this process or of a profiled one, or their debug
//! files. Linkers and package managers replace such a file by a new one at the same path; writing to
//! it would break the running code itself, which is mapped from the same file. A mapping exists only
//! while addresses are looked up.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// A file that is mapped for reading.
pub(crate) struct MappedFile(Mmap);

impl MappedFile {
    /// Maps the file at `path`.
    ///
    /// # Errors
    ///
    /// If the file does not exist, may not be read, or is not a regular file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        // Checked before it is opened, because opening a pipe waits for its writer.
        if !path.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let file = File::open(path)?;
        // SAFETY: the file is not written to while it is mapped (M1).
        unsafe { Mmap::map(&file) }.map(Self)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
