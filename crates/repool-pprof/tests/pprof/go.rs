//! Go's own pprof, from the Go that `REPOOL_GO` names.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

/// pprof, and a folder for what it reads.
pub struct Go {
    pprof: PathBuf,
    pub folder: PathBuf,
    files: AtomicUsize,
}

/// What pprof said.
pub struct PprofOutput {
    /// Its table; `None` if there is none.
    pub table: Option<String>,
    /// Whatever else.
    pub besides: String,
}

impl Go {
    /// `None`, and a word about it, where there is no Go.
    pub fn new(name: &str) -> Option<Self> {
        let Some(go) = std::env::var_os("REPOOL_GO") else {
            // Past the harness, which shows nothing of a test that passes.
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                let _ = writeln!(
                    io::stderr(),
                    "skipped: REPOOL_GO names no go for the tests against pprof"
                );
            });
            return None;
        };
        // To start `go` for each report would take twice as long.
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

    /// Where files are, and pprof runs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A new file with that.
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
