//! Errors about files that cannot be read: one line with what is wrong, where, and what to do.

use std::fs;
use std::path::Path;

use repool_testing::scratch::Scratch;

use super::damage::gzip;
use super::*;

/// The error about a file with these bytes, without the folder's name.
fn error(folder: &Scratch, name: &str, data: &[u8]) -> String {
    folder.file(name, data);
    error_of(folder, &folder.join(name))
}

fn error_of(folder: &Scratch, path: &Path) -> String {
    let error = Profile::open(path).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path()), "")
}

#[test]
fn a_sound_file_is_read() {
    let folder = Scratch::new("messages");
    let path = folder.join("sound");
    for data in [small().encode_to_vec(), gzip(&small().encode_to_vec())] {
        fs::write(&path, data).unwrap();
        walk(&Profile::open(&path).unwrap());
    }
}

#[test]
fn what_is_no_profile_is_named() {
    let folder = Scratch::new("messages");
    let no = "not a profile in pprof's format; name another file";
    for (data, what) in [
        (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], "a JPEG picture"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\x7fELF\x02\x01\x01", "a program or a library"),
        (b"<!DOCTYPE html>", "an HTML or XML document"),
        (&gzip(&gzip(b"")), "compressed twice"),
    ] {
        let expected = format!("cannot read it.pb.gz: it is {what}, {no}");
        assert_eq!(error(&folder, "it.pb.gz", data), expected);
        assert_eq!(
            error(&folder, "it.pb.gz", &gzip(data)).replace("compressed twice", what),
            expected
        );
    }
    assert_eq!(
        error(&folder, "it", b"hello, world"),
        "cannot read it: it is not a profile in pprof's format (a field of no known wire \
         type at byte 2); name another file"
    );
}

#[test]
fn what_is_no_file_is_named() {
    let folder = Scratch::new("messages");
    assert_eq!(
        error(&folder, "empty", b""),
        "cannot read empty: it is empty; check that the program that wrote it has ended"
    );
    fs::create_dir(folder.join("folder")).unwrap();
    assert_eq!(
        error_of(&folder, &folder.join("folder")),
        "cannot read folder: it is a folder; name a profile in it"
    );
    let missing = folder.join("missing");
    assert_eq!(
        error_of(&folder, &missing),
        "cannot read missing: there is no such file; check its name"
    );
    assert!(Profile::open(&missing).unwrap_err().is_not_found());
    assert_eq!(
        error(&folder, "two\nlines", b""),
        "cannot read two\\nlines: it is empty; check that the program that wrote it has ended"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_may_not_be_read_are_told() {
    // Root may read a file of any mode, so this error is made by hand.
    let error = ReadError::at(
        Path::new("secret"),
        error::ReadErrorKind::Io(std::io::ErrorKind::PermissionDenied.into()),
    );
    assert_eq!(
        error.to_string(),
        "cannot read secret: permission denied; ask the file's owner for read permission"
    );
    use std::os::unix::fs::PermissionsExt;
    let folder = Scratch::new("messages");
    let path = folder.join("secret");
    fs::write(&path, b"").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let said = error_of(&folder, &path);
    let by_root = "cannot read secret: it is empty; check that the program that wrote it has ended";
    assert!(said == error.to_string() || said == by_root, "{said}");
}

#[test]
fn files_too_large_are_not_read() {
    let folder = Scratch::new("messages");
    let path = folder.join("large");
    // A sparse file, which takes no space on the disk.
    fs::File::create(&path).unwrap().set_len(1 << 32).unwrap();
    assert_eq!(
        error_of(&folder, &path),
        "cannot read large: it has 4 GiB or more; profile for a shorter time"
    );
}
