//! A file with memory pressure, whose level the test sets.

use std::fs;
use std::path::{Path, PathBuf};

pub struct Pressure(PathBuf);

impl Pressure {
    pub fn new() -> Self {
        let name = format!("soak-{}", std::process::id());
        let pressure = Pressure(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        pressure.set(0);
        pressure
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Sets the level: 0 for none, 1 for low, 2 for high. It replaces the file as a whole, so that a reader
    /// never sees a part of it.
    pub fn set(&self, level: usize) {
        let (some, full) = [(0, 0), (20, 0), (20, 20)][level];
        let rest = "avg60=0.00 avg300=0.00 total=0";
        let new = self.0.with_extension("new");
        let text = format!("some avg10={some}.00 {rest}\nfull avg10={full}.00 {rest}\n");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &self.0).unwrap();
    }
}

impl Drop for Pressure {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
