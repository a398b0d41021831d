//! A temporary folder for one test.

use std::fs;
use std::path::{Path, PathBuf};

/// A directory of one test, which is deleted on drop.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A directory named after the test, so that no two tests share one.
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("the build's own directory");
        Self(path)
    }

    /// Writes a file, and returns its path.
    pub fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).expect("the test's own directory");
        path.into_os_string()
            .into_string()
            .expect("the build's path is text")
    }

    pub fn path(&self) -> &str {
        self.0.to_str().expect("the build's path is text")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
