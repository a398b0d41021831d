//! The contenders: programs with and without a profiler.

/// A program with or without a profiler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contender {
    /// The name in tables and records.
    pub name: &'static str,
    pub allocator: &'static str,
    /// The folder of the package below `contenders`.
    pub package: &'static str,
    /// The name of the executable.
    pub program: &'static str,
    pub kind: Kind,
    /// The divisor of the number of pairs, so that a slow contender runs for about as long as the others.
    pub slow: u64,
    /// A variable to set in the environment.
    pub variable: Option<&'static str>,
}

/// The role of a contender.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The baseline of its allocator.
    Plain,
    /// A profiler that is linked but not started.
    Off,
    /// A running profiler, and the format of its profile.
    On(Format),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Format {
    Pprof,
    Jemalloc,
    Dhat,
}

use Format::{Dhat, Jemalloc, Pprof};
use Kind::{Off, On, Plain};

const fn row(
    name: &'static str,
    allocator: &'static str,
    package: &'static str,
    program: &'static str,
    kind: Kind,
) -> Contender {
    Contender {
        name,
        allocator,
        package,
        program,
        kind,
        slow: 1,
        variable: None,
    }
}

/// A row of repool-prof in one state on one allocator.
macro_rules! ours {
    ($state:literal, $allocator:literal, $kind:expr) => {
        row(
            concat!("repool-prof, ", $state),
            $allocator,
            "repool-prof",
            concat!("repool-prof-", $allocator),
            $kind,
        )
    };
}

/// All contenders, each baseline before those that are compared with it.
pub const ALL: [Contender; 16] = [
    row("plain", "glibc", "plain", "plain-glibc", Plain),
    ours!("off", "glibc", Off),
    ours!("on", "glibc", On(Pprof)),
    Contender {
        variable: Some("RACE_TABLES"),
        ..ours!("on, by tables", "glibc", On(Pprof))
    },
    row("rpprof", "glibc", "rpprof", "race-rpprof", On(Pprof)),
    row(
        "pprof-alloc",
        "glibc",
        "pprof-alloc",
        "race-pprof-alloc",
        On(Pprof),
    ),
    Contender {
        slow: 20,
        ..row("dhat", "glibc", "dhat", "race-dhat", On(Dhat))
    },
    row("plain", "jemalloc", "plain", "plain-jemalloc", Plain),
    ours!("off", "jemalloc", Off),
    ours!("on", "jemalloc", On(Pprof)),
    row(
        "jemalloc's own",
        "jemalloc",
        "jemalloc-prof",
        "race-jemalloc-prof",
        On(Jemalloc),
    ),
    row("plain", "mimalloc", "plain", "plain-mimalloc", Plain),
    ours!("off", "mimalloc", Off),
    ours!("on", "mimalloc", On(Pprof)),
    row(
        "mimalloc-pprof, off",
        "mimalloc",
        "mimalloc-pprof",
        "race-mimalloc-pprof",
        Off,
    ),
    row(
        "mimalloc-pprof",
        "mimalloc",
        "mimalloc-pprof",
        "race-mimalloc-pprof",
        On(Pprof),
    ),
];

impl Contender {
    /// Name and allocator, which `--only` matches.
    pub fn full_name(&self) -> String {
        format!("{} ({})", self.name, self.allocator)
    }

    /// Whether this is the baseline of `other`.
    pub fn is_base_of(&self, other: &Contender) -> bool {
        self.kind == Plain && self.allocator == other.allocator
    }

    /// The program's argument SEED: `off` if no profiler is to run.
    pub fn seed(&self, seed: u64) -> String {
        match self.kind {
            Plain | Off => "off".into(),
            On(_) => seed.to_string(),
        }
    }
}

/// The contenders whose full name contains one of `parts`, or all if `parts` is empty, and their baselines.
pub fn chosen(parts: &[String]) -> Vec<Contender> {
    let named = |contender: &&Contender| {
        let name = contender.full_name();
        parts.is_empty() || parts.iter().any(|part| name.contains(part))
    };
    let wanted: Vec<&Contender> = ALL.iter().filter(named).collect();
    let is_needed = |one: &&Contender| {
        wanted.contains(one) || wanted.iter().any(|wanted| one.is_base_of(wanted))
    };
    ALL.iter().filter(is_needed).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_one_comes_with_what_is_compared_with_it() {
        let names = |parts: &[&str]| -> Vec<String> {
            let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            chosen(&parts).iter().map(Contender::full_name).collect()
        };
        assert_eq!(names(&["dhat"]), ["plain (glibc)", "dhat (glibc)"]);
        assert_eq!(
            names(&["own", "rpprof"]),
            [
                "plain (glibc)",
                "rpprof (glibc)",
                "plain (jemalloc)",
                "jemalloc's own (jemalloc)"
            ]
        );
        assert!(names(&["no such"]).is_empty());
        assert_eq!(names(&[]).len(), ALL.len());
    }

    #[test]
    fn full_names_differ() {
        for (index, contender) in ALL.iter().enumerate() {
            let name = contender.full_name();
            assert!(ALL[..index].iter().all(|other| other.full_name() != name));
        }
    }
}
