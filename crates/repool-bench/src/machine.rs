//! The header lines of a run: operating system, architecture, package, processor.

use std::env::consts::{ARCH, OS};
use std::thread;

/// The system that benchmarks ran on: the header of Go's format.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// The operating system, by Go's name for it (`linux`, `darwin`).
    pub goos: String,
    /// The processor's architecture, by Go's name for it (`amd64`, `arm64`).
    pub goarch: String,
    /// The package that the benchmarks belong to, if that is known.
    pub pkg: Option<String>,
    /// The processor's model, if `/proc/cpuinfo` has it.
    pub cpu: Option<String>,
    /// How many threads the system lets this process run at once: the suffix
    /// of every benchmark's name, unless it is 1.
    pub parallelism: usize,
}

impl Machine {
    /// A machine of this system and architecture, by Go's names, whose package and processor are unknown,
    /// and which runs one thread at once. Other fields are set afterwards.
    ///
    /// ```
    /// use repool_bench::{Machine, format};
    ///
    /// let mut machine = Machine::new("linux", "arm64");
    /// machine.pkg = Some("shop".into());
    /// machine.parallelism = 8;
    /// assert_eq!(format::header(&machine), "goos: linux\ngoarch: arm64\npkg: shop\n");
    /// ```
    #[must_use]
    pub fn new(goos: impl Into<String>, goarch: impl Into<String>) -> Self {
        Self {
            goos: goos.into(),
            goarch: goarch.into(),
            pkg: None,
            cpu: None,
            parallelism: 1,
        }
    }

    /// This machine, with `pkg` as the package that the benchmarks belong to.
    ///
    /// ```
    /// let machine = repool_bench::Machine::here(Some("shop".into()));
    /// assert!(machine.parallelism >= 1);
    /// ```
    #[must_use]
    pub fn here(pkg: Option<String>) -> Self {
        Self {
            goos: goos(OS).to_string(),
            goarch: goarch(ARCH).to_string(),
            pkg,
            cpu: std::fs::read_to_string("/proc/cpuinfo")
                .ok()
                .as_deref()
                .and_then(cpu_model),
            parallelism: thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

fn goos(os: &str) -> &str {
    match os {
        "macos" => "darwin",
        other => other,
    }
}

fn goarch(arch: &str) -> &str {
    match arch {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "loongarch64" => "loong64",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// The model's name in the text of Linux's `/proc/cpuinfo`.
fn cpu_model(cpuinfo: &str) -> Option<String> {
    cpuinfo.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let value = value.trim();
        (key.trim() == "model name" && !value.is_empty()).then(|| value.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_the_names_of_go() {
        assert_eq!((goos("macos"), goarch("aarch64")), ("darwin", "arm64"));
        assert_eq!((goos("linux"), goarch("x86_64")), ("linux", "amd64"));
        assert_eq!((goos("freebsd"), goarch("riscv64")), ("freebsd", "riscv64"));
    }

    #[test]
    fn reads_the_model_of_the_processor() {
        let cpuinfo = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Some CPU @ 2.10GHz\n";
        assert_eq!(cpu_model(cpuinfo).as_deref(), Some("Some CPU @ 2.10GHz"));
        assert_eq!(cpu_model("processor : 0\nmodel name :\n"), None);
        assert_eq!(cpu_model(""), None);
    }
}
