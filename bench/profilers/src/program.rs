//! Contenders as programs: building them, running them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::contender::Contender;

/// Where the contenders' programs are.
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds those of `contenders`, one package at a time, for a build of several at once would
    /// give jemalloc the features that only one of them asks for.
    ///
    /// All have frame pointers, without which two of the rivals find no stack.
    ///
    /// # Errors
    ///
    /// What could not be built.
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

    /// What a contender says to these arguments.
    ///
    /// # Errors
    ///
    /// The last line of what it complains of.
    pub fn run(&self, contender: &Contender, arguments: &[&str]) -> Result<String, String> {
        let program = self.path(contender);
        let output = output(contender, &[program.as_os_str()], arguments)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// Seconds that no run takes, unless it waits for ever.
const PATIENCE: &str = "300";

/// Runs to the end, and fails if the program does, or has no end.
pub fn output(
    contender: &Contender,
    program: &[&OsStr],
    arguments: &[&str],
) -> Result<Output, String> {
    let name = contender.full_name();
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).args(program).args(arguments);
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
        return Err(format!("{name}: no end after {PATIENCE} s"));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().lines().next_back().unwrap_or("no word");
    Err(format!("{name}: {}: {said}", output.status))
}

/// A folder for the contenders, in the one that this program was built in.
fn target() -> PathBuf {
    let own = std::env::current_exe().ok();
    let target = own.as_deref().and_then(|own| own.parent()?.parent());
    target.unwrap_or(Path::new("target")).join("contenders")
}
