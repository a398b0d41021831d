//! What can be studied: work that allocates, in the ways that are to be compared.

pub(super) mod json;
pub(super) mod log;
pub(super) mod parse;
pub(super) mod tracing;
pub(super) mod zstd;

use std::fmt;
use std::io::{self, Write};

/// Which work is studied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workload {
    /// A logger builds lines.
    #[default]
    Log,
    /// Records become JSON.
    Json,
    /// Records are compressed, each for itself.
    Zstd,
    /// JSON documents are parsed.
    Parse,
    /// Events of `tracing` are logged through a writer thread.
    Tracing,
}

impl Workload {
    /// All of them, the one that is studied if none is named first.
    pub const ALL: [Self; 5] = [
        Self::Log,
        Self::Json,
        Self::Zstd,
        Self::Parse,
        Self::Tracing,
    ];

    /// Its name on the command line.
    ///
    /// ```
    /// use repool_cli::study::Workload;
    ///
    /// assert_eq!(Workload::ALL.map(Workload::name), ["log", "json", "zstd", "parse", "tracing"]);
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Json => "json",
            Self::Zstd => "zstd",
            Self::Parse => "parse",
            Self::Tracing => "tracing",
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Work on records, in the ways that are compared.
pub(super) struct Work<R: 'static> {
    pub(super) workload: Workload,
    /// What one operation is, as a sentence without its period.
    pub(super) operation: &'static str,
    /// What operations are on, in the plural.
    pub(super) things: &'static str,
    /// What a pool spares, as the beginning of a sentence.
    pub(super) spared: &'static str,
    /// What the work is on, in turn; at least one.
    pub(super) records: Vec<R>,
    /// The way that a program starts with first, and then the one with a pool.
    pub(super) ways: &'static [Way<R>],
    /// How many operations a profile is of.
    pub(super) profiled: u32,
    /// Fills the pool with objects that have grown to their size, so that none is made or grows
    /// while it is looked on; returns the bytes that one of them holds.
    pub(super) warm: fn(&[R]) -> usize,
}

/// One way to do the work.
pub(super) struct Way<R> {
    /// Its benchmark's name.
    pub(super) name: &'static str,
    /// How it does it, in a few words.
    pub(super) about: &'static str,
    /// The function whose advice it follows; `None` if it follows all.
    pub(super) follows: Option<&'static str>,
    /// Does it once, and writes what comes of it.
    pub(super) run: fn(&mut dyn Write, &R) -> io::Result<()>,
    /// The same, but all that it is about is written, and nothing that changes from one time to
    /// the next.
    pub(super) checked: fn(&mut dyn Write, &R) -> io::Result<()>,
}

/// Objects that [`Work::warm`] leaves in a pool: some for each processor, however threads move.
const WARM: usize = 100;

impl<R> Work<R> {
    pub(super) fn before(&self) -> &'static Way<R> {
        &self.ways[0]
    }

    pub(super) fn after(&self) -> &'static Way<R> {
        &self.ways[1]
    }

    /// The records in turn, without end, from one of them on.
    pub(super) fn cycle(&self, from: usize) -> Cycle<'_, R> {
        Cycle {
            records: &self.records,
            next: from % self.records.len(),
        }
    }

    /// Every way on every record.
    ///
    /// # Panics
    ///
    /// If two write different things, for then their figures could not be compared.
    pub(super) fn assert_same_output(&self) {
        for record in &self.records {
            let expected = self.before().output(record);
            for way in &self.ways[1..] {
                assert!(
                    way.output(record) == expected,
                    "{} and {} write different things",
                    self.before().name,
                    way.name
                );
            }
        }
    }
}

impl<R> Way<R> {
    /// What it writes.
    fn output(&self, record: &R) -> Vec<u8> {
        let mut output = Vec::new();
        (self.checked)(&mut output, record).expect("memory takes everything");
        output
    }
}

/// See [`Work::cycle`]. (An `Iterator` would say that it may end.)
pub(super) struct Cycle<'a, R> {
    records: &'a [R],
    next: usize,
}

impl<'a, R> Cycle<'a, R> {
    #[inline]
    pub(super) fn next(&mut self) -> &'a R {
        let record = &self.records[self.next];
        self.next += 1;
        if self.next == self.records.len() {
            self.next = 0;
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_begins_again_after_the_last() {
        let work = Work {
            records: vec![b'a', b'b', b'c'],
            ..json_like()
        };
        let seen = |from| {
            let mut cycle = work.cycle(from);
            (0..7).map(|_| *cycle.next()).collect::<Vec<u8>>()
        };
        assert_eq!(seen(0), b"abcabca");
        assert_eq!(seen(5), b"cabcabc");
    }

    #[test]
    #[should_panic(expected = "Same and Other write different things")]
    fn ways_that_differ_are_not_compared() {
        Work {
            records: vec![1, 2],
            ..json_like()
        }
        .assert_same_output();
    }

    fn json_like() -> Work<u8> {
        Work {
            workload: Workload::Json,
            operation: "",
            things: "",
            spared: "",
            records: Vec::new(),
            ways: &[
                Way {
                    name: "Same",
                    about: "",
                    follows: None,
                    run: |_, _| Ok(()),
                    checked: |out, record| out.write_all(&[*record]),
                },
                Way {
                    name: "Other",
                    about: "",
                    follows: None,
                    run: |_, _| Ok(()),
                    checked: |out, record| out.write_all(&[record & 1]),
                },
            ],
            profiled: 1,
            warm: |_| 0,
        }
    }
}
