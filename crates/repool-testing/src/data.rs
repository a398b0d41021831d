//! Profiles that other programs wrote; `data/README.md` says which and how.

use std::path::{Path, PathBuf};

/// The path of the file `name` of the folder `data`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}
