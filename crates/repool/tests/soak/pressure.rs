//! A file that tells of memory pressure, as the test wants it.

use std::fs;
use std::path::{Path, PathBuf};

pub struct Pressure(PathBuf);

impl Pressure {
    pub fn new() -> Self {
        let name = format!("soak-{}", std::process::id());
        let pressure = Pressure(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        pressure.tell(0);
        pressure
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// None, low, or high. A whole file is put in place: never is a part of one read.
    pub fn tell(&self, level: usize) {
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
