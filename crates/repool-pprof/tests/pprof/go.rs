//! Runs `go tool pprof` of the Go that the variable `REPOOL_GO` names.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The path of pprof, and a folder for its files.
pub struct Go {
    pprof: PathBuf,
    pub folder: PathBuf,
    files: AtomicUsize,
}

/// The output of pprof.
pub struct PprofOutput {
    /// The standard output; `None` if pprof failed.
    pub table: Option<String>,
    /// The standard error.
    pub besides: String,
}

impl Go {
    /// `None` without Go; prints that the tests are skipped.
    pub fn new(name: &str) -> Option<Self> {
        let Some(go) = std::env::var_os("REPOOL_GO") else {
            // The harness captures what `println!` prints in a test that passes, but not this.
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                let _ = writeln!(
                    io::stderr(),
                    "skipped: REPOOL_GO names no go for the tests against pprof"
                );
            });
            return None;
        };
        // Runs pprof directly: `go tool` would take twice as long for each table.
        let output = Command::new(go)
            .args(["tool", "-n", "pprof"])
            .env("GOTOOLCHAIN", "local")
            .output()
            .expect("REPOOL_GO is a go program");
        let pprof = String::from_utf8(output.stdout).expect("a path");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pprof-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for tests");
        Some(Self {
            pprof: pprof.trim().into(),
            folder,
            files: AtomicUsize::new(0),
        })
    }

    /// The folder of the files, which is pprof's current folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a new file.
    pub fn write(&self, data: &[u8]) -> PathBuf {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{number}.pb"));
        fs::write(&path, data).expect("a new file");
        path
    }

    pub fn pprof(&self, arguments: &[String]) -> PprofOutput {
        let output = Command::new(&self.pprof)
            .args(arguments)
            .current_dir(&self.folder)
            .env("PPROF_TMPDIR", &self.folder)
            .env("PPROF_BINARY_PATH", &self.folder)
            .output()
            .expect("go tool -n pprof names pprof");
        let table = String::from_utf8(output.stdout).expect("pprof prints text");
        PprofOutput {
            table: output.status.success().then_some(table),
            besides: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
