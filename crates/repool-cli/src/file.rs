//! Files, written so that at no time there is half of one.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::Failure;

/// Puts a file at `path`, all of it or nothing: it is written beside, and moved there when it is
/// whole. A link stays, and what it leads to is replaced; a device or a pipe is written to.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    replace(path, content).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::NotFound => "",
            _ => "; name another place",
        };
        let message = format!("{}: {error}{advice}", path.display());
        Failure::Output(io::Error::new(error.kind(), message))
    })
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let found = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => return fs::write(path, content),
        Ok(_) => Some(path.canonicalize()?),
        Err(_) => None,
    };
    let path = found.as_deref().unwrap_or(path);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut beside = beside(folder)?;
    beside.write_all(content)?;
    // What a full disk says last, it says now.
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Looks whether files can be written in a folder, and leaves nothing there.
pub(crate) fn attempt(folder: &Path) -> io::Result<()> {
    beside(folder).and_then(NamedTempFile::close)
}

/// An empty file that goes away again unless it is moved to its place.
fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let made = tempfile::Builder::new()
        .prefix(".repool-")
        // Less what the user's mask takes away.
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder);
    // The error has the name of a file that nobody asked for.
    made.map_err(|error| match error.kind() {
        ErrorKind::NotFound => io::Error::new(error.kind(), "there is no such folder; make it"),
        kind => kind.into(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_stays_and_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write(&file, b"old").unwrap();
        symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(link.is_symlink() && fs::read(&file).unwrap() == b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_path_buf(), folder.path().join("no/such")] {
            let problem = write(&path, b"new").unwrap_err().to_string();
            assert!(problem.contains(path.to_str().unwrap()), "{problem}");
            assert!(!problem.contains(".repool-"), "{problem}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write(Path::new("/dev/null"), b"new").unwrap();
    }
}
