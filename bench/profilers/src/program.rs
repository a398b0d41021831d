//! Builds and runs the contenders' programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::contender::Contender;

/// The folder of the contenders' programs.
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds the programs of `contenders`, one package at a time, because cargo would unify the features of
    /// jemalloc in a common build.
    ///
    /// All are built with frame pointers, which two of the rivals need to unwind.
    ///
    /// # Errors
    ///
    /// The package that could not be built.
    pub fn build(contenders: &[Contender]) -> Result<Self, String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = target();
        let mut built = Vec::new();
        for Contender { package, .. } in contenders {
            if built.contains(package) {
                continue;
            }
            built.push(package);
            let manifest = here.join("contenders").join(package).join("Cargo.toml");
            let status = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
                .args(["build", "--release", "--quiet", "--manifest-path"])
                .arg(manifest)
                .arg("--target-dir")
                .arg(&target)
                .env("RUSTFLAGS", "-C force-frame-pointers=yes")
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .status()
                .map_err(|problem| format!("cargo: {problem}"))?;
            if !status.success() {
                return Err(format!("{package} could not be built"));
            }
        }
        let folder = target.join("release");
        Ok(Self { folder })
    }

    /// A contender's executable.
    pub fn path(&self, contender: &Contender) -> PathBuf {
        self.folder.join(contender.program)
    }

    /// Runs a contender with these arguments, and returns its standard output.
    ///
    /// # Errors
    ///
    /// The last line of its standard error.
    pub fn run(&self, contender: &Contender, arguments: &[&str]) -> Result<String, String> {
        let program = self.path(contender);
        let output = output(contender, &[program.as_os_str()], arguments)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// The limit of a run in seconds. Only a deadlocked contender reaches it.
const TIMEOUT: &str = "300";

/// Runs a program to its end. Fails if it fails or reaches the time limit.
pub fn output(
    contender: &Contender,
    program: &[&OsStr],
    arguments: &[&str],
) -> Result<Output, String> {
    let name = contender.full_name();
    let mut command = Command::new("timeout");
    command.arg(TIMEOUT).args(program).args(arguments);
    if let Some(variable) = contender.variable {
        command.env(variable, "1");
    }
    let output = command
        .output()
        .map_err(|problem| format!("{name}: {problem}"))?;
    if output.status.success() {
        return Ok(output);
    }
    if output.status.code() == Some(124) {
        return Err(format!("{name}: did not end within {TIMEOUT} s"));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().lines().next_back().unwrap_or("no message");
    Err(format!("{name}: {}: {said}", output.status))
}

/// A folder for the contenders, below the target folder of this program.
fn target() -> PathBuf {
    let own = std::env::current_exe().ok();
    let target = own.as_deref().and_then(|own| own.parent()?.parent());
    target.unwrap_or(Path::new("target")).join("contenders")
}
