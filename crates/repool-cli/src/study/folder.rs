//! The folder of `--out`: checks that it can be written, writes a study's files into it, and lists them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::file;

/// The folder that a study's files go to.
pub(super) struct Folder {
    path: PathBuf,
    /// The names of the files, in the order in which they were written.
    files: Vec<String>,
}

impl Folder {
    /// Creates the folder if it does not exist, and checks that files can be created in it: an error
    /// after the measurement would lose its results.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let problem = |what: &str, error: io::Error| {
            Failure::Input(format!(
                "cannot {what} --out {path:?}: {error}; name a folder that can be written to"
            ))
        };
        fs::create_dir_all(path).map_err(|error| problem("create", error))?;
        let folder = Self {
            path: path.to_path_buf(),
            files: Vec::new(),
        };
        file::check_writable(path).map_err(|error| problem("write to", error))?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file into the folder, atomically.
    pub(super) fn put(&mut self, name: &str, content: &[u8]) -> Result<(), Failure> {
        file::write(&self.path.join(name), content)?;
        self.files.push(name.to_string());
        Ok(())
    }

    /// Adds the name of a file that another module wrote into the folder.
    pub(super) fn add(&mut self, name: &str) {
        self.files.push(name.to_string());
    }

    /// The files that were written, in order.
    pub(super) fn files(&self) -> &[String] {
        &self.files
    }
}
