//! [`Contents::read`]: reads a folder, of a study (`studied`) or with files to compare (`pair`).

use std::path::Path;

use super::contents::Contents;
use super::{pair, studied};
use crate::outcome::Outcome;

impl Contents {
    /// Reads a study's folder, or a folder with files to compare.
    ///
    /// # Errors
    ///
    /// One line, if the folder is neither, or one of its files cannot be read.
    pub fn read(folder: &Path) -> Result<Self, String> {
        if folder.is_file() {
            return Err(format!(
                "cannot read {}: it is a file; name a folder that repool study --out FOLDER made",
                folder.display(),
            ));
        }
        if folder.join(Outcome::FILE).exists() {
            return studied::read(folder);
        }
        match pair::read(folder)? {
            Some(contents) => Ok(contents),
            None if folder.is_dir() => Err(format!(
                "nothing to report in {}: it has no {}, and neither before.txt and after.txt nor \
                 before.pb.gz or after.pb.gz; make a study with repool study --out FOLDER",
                folder.display(),
                Outcome::FILE,
            )),
            None => Err(format!(
                "cannot read {}: no such folder; name one that repool study --out FOLDER made",
                folder.display(),
            )),
        }
    }
}
