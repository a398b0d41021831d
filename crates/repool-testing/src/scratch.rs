//! Temporary folders.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// An empty folder, which is deleted on drop.
pub struct Scratch(TempDir);

impl Scratch {
    /// A folder whose name begins with `name`, and which no other test has.
    pub fn new(name: &str) -> Self {
        let mut folder = tempfile::Builder::new();
        let folder = folder.prefix(&format!("repool-{name}-")).tempdir();
        Self(folder.expect("a temporary folder"))
    }

    /// Writes a file, and returns its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.join(name);
        fs::write(&path, content).expect("the test's own folder");
        let path = path.into_os_string().into_string();
        path.expect("the folder's path is text")
    }

    /// The path of a file in the folder.
    pub fn join(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// The path of the folder.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The path of the folder, as text.
    pub fn path(&self) -> &str {
        self.folder().to_str().expect("the folder's path is text")
    }
}
