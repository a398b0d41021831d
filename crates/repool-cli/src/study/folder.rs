use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Failure, file};

/// The folder that a study's files go to.
pub(super) struct Folder {
    path: PathBuf,
    /// What was written, in order.
    files: Vec<String>,
}

impl Folder {
    /// Makes the folder if it is not there, and looks whether files can be written: it should not
    /// turn out after all is measured that they cannot.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let problem = |what: &str, error: io::Error| {
            Failure::Input(format!(
                "cannot {what} --out {path:?}: {error}; name a folder that can be written to"
            ))
        };
        fs::create_dir_all(path).map_err(|error| problem("make", error))?;
        let folder = Self {
            path: path.to_path_buf(),
            files: Vec::new(),
        };
        file::attempt(path).map_err(|error| problem("write to", error))?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a file there, all of it or nothing.
    pub(super) fn put(&mut self, name: &str, content: &[u8]) -> Result<(), Failure> {
        file::write(&self.path.join(name), content)?;
        self.files.push(name.to_string());
        Ok(())
    }

    /// A file was written there by somebody else.
    pub(super) fn note(&mut self, name: &str) {
        self.files.push(name.to_string());
    }

    /// The files that were written, in order.
    pub(super) fn files(&self) -> &[String] {
        &self.files
    }
}
