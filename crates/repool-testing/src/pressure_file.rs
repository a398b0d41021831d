//! A file with memory pressure, as the kernel's `memory.pressure` has it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::scratch::Scratch;

/// A test's own file, which is removed on drop.
pub struct PressureFile {
    path: PathBuf,
    _folder: Scratch,
}

impl Default for PressureFile {
    fn default() -> Self {
        Self::new()
    }
}

impl PressureFile {
    /// A file without pressure.
    pub fn new() -> Self {
        let folder = Scratch::new("pressure");
        let file = Self {
            path: folder.join("memory.pressure"),
            _folder: folder,
        };
        file.set(0, 0);
        file
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sets the percentages of time in which some tasks, and all tasks, waited for memory.
    pub fn set(&self, some: u32, full: u32) {
        let rest = "avg60=0.00 avg300=0.00 total=0";
        self.write(&format!(
            "some avg10={some}.00 {rest}\nfull avg10={full}.00 {rest}\n"
        ));
    }

    /// Replaces the file as a whole, so that a reader never sees a part of it.
    pub fn write(&self, text: &str) {
        let new = self.path.with_extension("new");
        fs::write(&new, text).expect("the test's own folder");
        fs::rename(&new, &self.path).expect("the test's own folder");
    }
}
