//! Writing files atomically: to a temporary file in the same folder, which is then renamed.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Writes `content` to `path` atomically, so that a reader never finds a part of it. A symbolic link
/// stays and its target is replaced. A device or a pipe is written to directly.
///
/// # Errors
///
/// [`Failure::Output`] that names the path.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    replace(path, content).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::NotFound => "",
            _ => "; name another file",
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
    let mut temporary = temporary_in(folder)?;
    temporary.write_all(content)?;
    // A full disk may report its error only here.
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Checks that files can be created in `folder`; leaves none there.
pub(crate) fn check_writable(folder: &Path) -> io::Result<()> {
    temporary_in(folder).and_then(NamedTempFile::close)
}

/// An empty file in `folder`, which is deleted on drop unless it is persisted.
fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let made = tempfile::Builder::new()
        .prefix(".repool-")
        // The umask applies, as to any file that a program creates.
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder);
    // The error of `tempfile` names the temporary file, which means nothing to the user.
    made.map_err(|error| match error.kind() {
        ErrorKind::NotFound => io::Error::new(error.kind(), "no such folder; create it"),
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
