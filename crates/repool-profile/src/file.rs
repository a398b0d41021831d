//! Writes a profile to a file, atomically, or to any writer.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::proto::Profile;

/// ```no_run
/// # let mut profile = repool_profile::proto::Profile::default();
/// profile.comment.push(profile.string_table.len() as i64);
/// profile.string_table.push("the second run".into());
/// profile.write_pprof("second.pb.gz")?;
/// # Ok::<(), std::io::Error>(())
/// ```
impl Profile {
    /// Writes the profile to a new file, or in place of an existing one.
    ///
    /// Writes a temporary file in the same folder, whose name begins with `.repool-`, and renames it
    /// to `path` when it is complete. So `path` never has a part of a profile, and an older file
    /// stays until then, or for good if this fails. If `path` is a link, the file that it leads to
    /// is replaced; a device or a pipe is written to.
    ///
    /// # Errors
    ///
    /// If the temporary file cannot be created, written (the disk is full) or renamed (`path` is a
    /// folder). The error has the kind of the system's error; its text has the path and what failed.
    /// No file is left behind.
    pub fn write_pprof(&self, path: impl AsRef<Path>) -> io::Result<()> {
        replace(path.as_ref(), |file| self.write_to(file))
    }

    /// Writes the profile to `out`, [encoded](Profile::to_file) and gzipped.
    ///
    /// # Errors
    ///
    /// Those of `out`, which may have received a part of the profile by then.
    ///
    /// ```
    /// use repool_profile::proto::Profile;
    ///
    /// let mut bytes = Vec::new();
    /// Profile::default().write_to(&mut bytes)?;
    /// assert!(bytes.starts_with(&[0x1f, 0x8b])); // gzip
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_to(&self, out: impl Write) -> io::Result<()> {
        // The fastest level, as in Go. The default level takes ten times as long and saves a tenth
        // of the bytes.
        let mut out = GzEncoder::new(out, Compression::fast());
        out.write_all(&self.to_file())?;
        out.finish()?.flush()
    }
}

/// Writes a file at `path` atomically: the whole file or nothing.
///
/// Writes a temporary file in the same folder, syncs it, and renames it. A device or a pipe cannot
/// be replaced, so it is written to.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let cannot = |what: &str, error: io::Error| {
        let message = format!("cannot {what} {}: {error}", path.display());
        io::Error::new(error.kind(), message)
    };
    let mut target = Cow::Borrowed(path);
    if let Ok(found) = fs::metadata(path) {
        if found.is_dir() {
            return Err(cannot("write to", io::ErrorKind::IsADirectory.into()));
        }
        if !found.is_file() {
            let mut file = OpenOptions::new()
                .write(true)
                .open(path)
                .map_err(|e| cannot("open", e))?;
            return write(&mut file).map_err(|e| cannot("write to", e));
        }
        // Follows a link, so that its target is replaced and the link stays.
        target = Cow::Owned(fs::canonicalize(path).map_err(|e| cannot("find", e))?);
    }
    let (name, mut file) = beside(&target).map_err(|e| cannot("make a file beside", e))?;
    // Syncs, because some file systems report a full disk only then.
    let written = write(&mut file)
        .and_then(|()| file.sync_all())
        .map_err(|e| cannot("write", e));
    drop(file);
    let moved = written
        .and_then(|()| fs::rename(&name, &target).map_err(|e| cannot("move the new file to", e)));
    if moved.is_err() {
        // Reports the first error alone.
        let _ = fs::remove_file(&name);
    }
    moved
}

/// Creates a temporary file in the folder of `target`.
fn beside(target: &Path) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Without the target's name, which may have the maximum length already.
        let name = target.with_file_name(format!(".repool-{}-{number}.tmp", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&name) {
            // Left by a process of the same number, in another container or earlier: takes the next
            // name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (name, file)),
        }
    }
}
