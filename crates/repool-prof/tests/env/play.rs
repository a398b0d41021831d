//! Starts this test program as another program.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

use flate2::read::GzDecoder;

/// The variable with the name of the program to run as.
pub const PROGRAM: &str = "REPOOL_ENV_TEST_PROGRAM";

/// A program to start, and an empty folder for its profiles.
pub struct Play {
    pub folder: PathBuf,
    pub command: Command,
}

impl Play {
    /// A program that is profiled to `allocs.pb.gz` at rate 1.
    pub fn new(program: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("env-{program}"));
        if let Err(error) = fs::remove_dir_all(&folder) {
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "{error}");
        }
        fs::create_dir(&folder).expect("a folder for the test");
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command
            .env(PROGRAM, program)
            .env("REPOOL_PROFILE", folder.join("allocs.pb.gz"))
            .env("REPOOL_PROFILE_RATE", "1")
            .env_remove("RUST_BACKTRACE");
        Self { folder, command }
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn profile_to(self, path: &str) -> Self {
        let path = self.folder.join(path);
        self.env("REPOOL_PROFILE", path)
    }

    /// Runs the program to its end. Returns how it ended, and what it printed to standard output and
    /// error.
    pub fn outcome(&mut self) -> (ExitStatus, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command.output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (status, text(stdout), text(stderr))
    }

    /// As `outcome`, for a program that succeeds and prints nothing to standard error.
    pub fn runs_quietly(&mut self) {
        let (status, stdout, stderr) = self.outcome();
        assert_eq!(
            (status.code(), stdout.as_str(), &*stderr),
            (Some(0), "", "")
        );
    }

    /// The names of the files in its folder. Each must be a whole profile.
    pub fn profiles(&self) -> Vec<String> {
        let files = fs::read_dir(&self.folder).expect("the folder of the test");
        let mut names: Vec<_> = files
            .map(|file| {
                let path = file.expect("a file").path();
                assert_whole(&path);
                let name = path.file_name().expect("a name");
                name.to_str().expect("text").to_string()
            })
            .collect();
        names.sort();
        names
    }
}

/// Checks that the file is a complete profile, by gzip's checksum at its end.
pub fn assert_whole(path: &Path) {
    let file = fs::File::open(path).expect("a profile");
    let mut profile = Vec::new();
    GzDecoder::new(file)
        .read_to_end(&mut profile)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let names_a_type = profile.windows(11).any(|part| part == b"alloc_space");
    assert!(names_a_type, "{}", path.display());
}
