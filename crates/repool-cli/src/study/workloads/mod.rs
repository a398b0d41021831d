//! The workloads of the study: work that allocates, each in an implementation without a pool and one
//! with a pool. A new workload is a module with a function `work`, a variant of [`Workload`], and its line
//! in [`run`](super::run).

pub(super) mod json;
pub(super) mod log;
pub(super) mod parse;
pub(super) mod tracing;
pub(super) mod zstd;

use std::fmt;
use std::io::{self, Write};

/// A workload, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Workload {
    /// A logger formats and writes lines.
    #[default]
    Log,
    /// Records are serialised as JSON.
    Json,
    /// Records are compressed separately with zstd.
    Zstd,
    /// JSON documents are parsed.
    Parse,
    /// Events of `tracing` are logged by a writer thread.
    Tracing,
}

impl Workload {
    /// All workloads, the default one first.
    pub const ALL: [Self; 5] = [
        Self::Log,
        Self::Json,
        Self::Zstd,
        Self::Parse,
        Self::Tracing,
    ];

    /// The workload's name on the command line.
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

/// A workload with its input: the records, and the implementations that handle them.
pub(super) struct Work<R: 'static> {
    pub(super) workload: Workload,
    /// What one operation is, as a clause: "a line is logged".
    pub(super) operation: &'static str,
    /// What one operation handles, in the plural: "lines".
    pub(super) record_noun: &'static str,
    /// What the pool saves, as the subject of a sentence: "Growing a fresh buffer for each line".
    pub(super) saved_work: &'static str,
    /// The records, at least one. Operations handle them in turn.
    pub(super) records: Vec<R>,
    /// The implementation without a pool, the one with a pool, and further ones.
    pub(super) implementations: &'static [Implementation<R>],
    /// The number of operations that a profile covers, rounded down to a multiple of the threads.
    pub(super) profiled_operations: u32,
    /// Fills the pool with objects that have grown to their final size, so that none is created or grows
    /// during a measurement. Returns the bytes of one object.
    pub(super) warm: fn(&[R]) -> usize,
}

/// One implementation of a workload.
pub(super) struct Implementation<R> {
    /// The benchmark's name.
    pub(super) name: &'static str,
    /// What distinguishes it, in a few words.
    pub(super) about: &'static str,
    /// The function whose advice it follows; `None` if it follows all advice.
    pub(super) follows: Option<&'static str>,
    /// Handles one record, and writes the result.
    pub(super) run: fn(&mut dyn Write, &R) -> io::Result<()>,
    /// As `run`, but writes the complete result, and nothing that differs between two calls (such as the
    /// time). The outputs of all implementations are compared.
    pub(super) reproducible: fn(&mut dyn Write, &R) -> io::Result<()>,
}

/// The number of objects that [`Work::warm`] leaves in a pool: several magazines, so that each CPU's cache
/// is served even if threads move between CPUs.
const WARM: usize = 100;

impl<R> Work<R> {
    /// The implementation without a pool.
    pub(super) fn before(&self) -> &'static Implementation<R> {
        &self.implementations[0]
    }

    /// The implementation with a pool.
    pub(super) fn after(&self) -> &'static Implementation<R> {
        &self.implementations[1]
    }

    /// The records in turn, without end, beginning with the one at index `from`.
    pub(super) fn cycle(&self, from: usize) -> Cycle<'_, R> {
        Cycle {
            records: &self.records,
            next: from % self.records.len(),
        }
    }

    /// Runs every implementation on every record.
    ///
    /// # Panics
    ///
    /// If two implementations write different output: their figures could not be compared.
    pub(super) fn assert_same_output(&self) {
        for record in &self.records {
            let expected = self.before().output(record);
            for implementation in &self.implementations[1..] {
                assert!(
                    implementation.output(record) == expected,
                    "{} and {} write different output",
                    self.before().name,
                    implementation.name
                );
            }
        }
    }
}

impl<R> Implementation<R> {
    /// The output for `record`.
    fn output(&self, record: &R) -> Vec<u8> {
        let mut output = Vec::new();
        (self.reproducible)(&mut output, record).expect("writing to a Vec succeeds");
        output
    }
}

/// The records in turn, of [`Work::cycle`]. Not an `Iterator`, whose `next` could end.
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
    #[should_panic(expected = "Same and Other write different output")]
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
            record_noun: "",
            saved_work: "",
            records: Vec::new(),
            implementations: &[
                Implementation {
                    name: "Same",
                    about: "",
                    follows: None,
                    run: |_, _| Ok(()),
                    reproducible: |out, record| out.write_all(&[*record]),
                },
                Implementation {
                    name: "Other",
                    about: "",
                    follows: None,
                    run: |_, _| Ok(()),
                    reproducible: |out, record| out.write_all(&[record & 1]),
                },
            ],
            profiled_operations: 1,
            warm: |_| 0,
        }
    }
}
