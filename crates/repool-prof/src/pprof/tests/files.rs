//! Writing a profile to a file: replaced atomically, and unchanged after an error.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::made::a_bit_of_all;
use super::rules::check;
use crate::pprof::proto::Profile;

/// A temporary folder, removed when it is dropped.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a new folder"))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("the folder");
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = entries
            .map(name)
            .map(|n| n.into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

pub(super) fn read(path: &Path) -> Profile {
    let file = fs::File::open(path).expect("the profile");
    super::numbers::decode(file)
}

/// The error of writing to `path`, which must fail and name the path.
fn fails(path: &Path) -> io::Error {
    let error = a_bit_of_all()
        .profile()
        .write_pprof(path)
        .expect_err("there can be no file");
    let said = error.to_string();
    assert!(
        said.starts_with("cannot ") && said.contains(path.to_str().unwrap()),
        "{said}"
    );
    error
}

#[test]
fn a_file_is_made_or_replaced_whole() {
    let folder = Folder::new();
    let path = folder.file("heap.pb.gz");
    let profile = a_bit_of_all().profile();
    profile.write_pprof(&path).expect("a new file");
    assert_eq!(read(&path), profile);
    // Longer than the profile that replaces it.
    fs::write(&path, vec![7; 1 << 20]).expect("another file");
    profile.write_pprof(&path).expect("in its place");
    assert_eq!(read(&path), profile);
    check(&read(&path));
    assert_eq!(folder.names(), ["heap.pb.gz"]);
}

#[test]
fn a_name_may_be_as_long_as_names_are() {
    let folder = Folder::new();
    let path = folder.file(&"n".repeat(255));
    a_bit_of_all()
        .profile()
        .write_pprof(&path)
        .expect("a new file");
    check(&read(&path));
}

#[test]
fn links_stay() {
    let folder = Folder::new();
    fs::write(folder.file("file"), "old").expect("a file");
    symlink("file", folder.file("link")).expect("a link");
    a_bit_of_all()
        .profile()
        .write_pprof(folder.file("link"))
        .expect("through the link");
    assert!(
        fs::symlink_metadata(folder.file("link"))
            .unwrap()
            .is_symlink()
    );
    check(&read(&folder.file("file")));
}

#[test]
fn devices_stay() {
    a_bit_of_all()
        .profile()
        .write_pprof("/dev/null")
        .expect("it takes all");
    assert_eq!(
        fails(Path::new("/dev/full")).kind(),
        io::ErrorKind::StorageFull
    );
    for device in ["/dev/null", "/dev/full"] {
        assert!(!fs::metadata(device).unwrap().is_file());
    }
}

#[test]
fn no_folder_no_file() {
    let folder = Folder::new();
    let error = fails(&folder.file("missing/heap.pb.gz"));
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    fs::write(folder.file("file"), "").expect("a file");
    assert_eq!(
        fails(&folder.file("file/heap")).kind(),
        io::ErrorKind::NotADirectory
    );
    assert_eq!(folder.names(), ["file"]);
}

#[test]
fn a_folder_is_not_replaced() {
    let folder = Folder::new();
    fs::create_dir(folder.file("heap")).expect("a folder");
    assert_eq!(
        fails(&folder.file("heap")).kind(),
        io::ErrorKind::IsADirectory
    );
    assert_eq!(folder.names(), ["heap"]);
}

#[test]
fn a_folder_that_takes_nothing() {
    // A folder that also root cannot write to; its permissions would not stop root.
    let error = fails(Path::new("/proc/self/heap.pb.gz"));
    assert_eq!(error.kind(), io::ErrorKind::NotFound);

    let folder = Folder::new();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).expect("our own folder");
    if fs::write(folder.file("probe"), "").is_err() {
        let error = fails(&folder.file("heap.pb.gz"));
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(folder.names().is_empty());
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("our own folder");
}

/// Runs itself again with a limit of one block for the size of files, as on a full disk.
#[test]
fn a_full_disk_leaves_what_was_there() {
    const FOLDER: &str = "REPOOL_TEST_FULL_DISK";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let path = Path::new(&folder).join("heap.pb.gz");
        let mut profile = a_bit_of_all().profile();
        // More than a block, also gzipped.
        let noise = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string();
        profile.string_table.extend((0..10_000).map(noise));
        let error = profile
            .write_pprof(&path)
            .expect_err("the file would be too large");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(error.to_string().starts_with("cannot write"), "{error}");
        return;
    }
    let folder = Folder::new();
    fs::write(folder.file("heap.pb.gz"), "old").expect("a file");
    let test = "pprof::tests::files::a_full_disk_leaves_what_was_there";
    let output = Command::new("sh")
        // Ignores the signal, so that the write fails instead.
        .args([
            "-c",
            r#"trap '' XFSZ; ulimit -f 1; exec "$0" --exact "$1" --nocapture"#,
        ])
        .arg(std::env::current_exe().expect("this program"))
        .arg(test)
        .env(FOLDER, folder.path())
        .output()
        .expect("a shell");
    io::stderr().write_all(&output.stderr).unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert_eq!(folder.names(), ["heap.pb.gz"]);
    assert_eq!(fs::read(folder.file("heap.pb.gz")).unwrap(), b"old");
}
