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
/// # let profiler = repool_prof::Profiler::builder().start()?;
/// let mut profile = profiler.snapshot().export().profile();
/// profile.comment.push(profile.string_table.len() as i64);
/// profile.string_table.push("the second run".into());
/// profile.write_pprof("second.pb.gz")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Profile {
    /// Writes the profile to a new file, or in place of one, as
    /// [`Export::write_pprof`](super::Export::write_pprof) does.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn write_pprof(&self, path: impl AsRef<Path>) -> io::Result<()> {
        replace(path.as_ref(), |file| self.write_to(file))
    }

    /// Writes the profile to `out`, [encoded](Profile::to_file) and gzipped.
    ///
    /// # Errors
    ///
    /// Those of `out`, which may then have taken a part.
    pub fn write_to(&self, out: impl Write) -> io::Result<()> {
        // As Go does. The default level takes ten times as long, to save a tenth of the bytes.
        let mut out = GzEncoder::new(out, Compression::fast());
        out.write_all(&self.to_file())?;
        out.finish()?.flush()
    }
}

/// Puts a file at `path`, all of it or nothing.
///
/// It is written under another name in the same folder, and renamed when its last byte is with the
/// system. A device or a pipe cannot be replaced and is written to.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let says = |what: &str, error: io::Error| {
        let message = format!("cannot {what} {}: {error}", path.display());
        io::Error::new(error.kind(), message)
    };
    let mut target = Cow::Borrowed(path);
    if let Ok(found) = fs::metadata(path) {
        if found.is_dir() {
            return Err(says("write to", io::ErrorKind::IsADirectory.into()));
        }
        if !found.is_file() {
            let mut file = OpenOptions::new()
                .write(true)
                .open(path)
                .map_err(|e| says("open", e))?;
            return write(&mut file).map_err(|e| says("write to", e));
        }
        // Behind a link it is the file that is replaced, not the link.
        target = Cow::Owned(fs::canonicalize(path).map_err(|e| says("find", e))?);
    }
    let (name, mut file) = beside(&target).map_err(|e| says("make a file beside", e))?;
    // What a full disk says last, it says now.
    let written = write(&mut file)
        .and_then(|()| file.sync_all())
        .map_err(|e| says("write", e));
    drop(file);
    let put = written
        .and_then(|()| fs::rename(&name, &target).map_err(|e| says("move the new file to", e)));
    if put.is_err() {
        // There is nothing to say of a second failure that the first did not.
        let _ = fs::remove_file(&name);
    }
    put
}

/// A new file in the folder of `target`.
fn beside(target: &Path) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Short, for the target's own name may be as long as names can be.
        let name = target.with_file_name(format!(".repool-{}-{number}.tmp", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&name) {
            // Of a process that had our number, in another container or long ago.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (name, file)),
        }
    }
}
