//! [`Export`]: options for writing a snapshot, and the conversion of a snapshot to a profile's
//! messages. `location_table` and `sample_table` build the parts; `file` writes the result.

use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use repool_profile::symbols::{Frame, ResolvedLine};
use repool_profile::{AllocatorCosts, proto};

use super::location_table::LocationTable;
use super::sample_table::{SampleTable, SizeLabel};
use crate::minor_faults::{self, OwnFaultsGuard};
use crate::snapshot::Record;
use crate::snapshot::Snapshot;
use crate::{address_space, measure_allocator_costs, process_symbols, thread};

/// Options for writing a snapshot; from [`Snapshot::export`].
///
/// ```no_run
/// # let profiler = repool_prof::Profiler::builder().start()?;
/// let snapshot = profiler.snapshot();
/// // For pprof, Pyroscope and Parca.
/// snapshot.export().write_pprof("heap.pb.gz")?;
/// // For speedscope, which shows only the outermost function of a location.
/// snapshot.export().flatten_inlines().write_pprof("speedscope.pb.gz")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Export<'a> {
    snapshot: &'a Snapshot,
    keep_allocator_frames: bool,
    flatten_inlines: bool,
    default_sample_type: &'a str,
    operations: u64,
    allocator_costs: bool,
}

impl<'a> Export<'a> {
    /// Go's sample types and their units, in Go's order.
    const SAMPLE_TYPES: [(&'static str, &'static str); 4] = [
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "count"),
        ("inuse_space", "bytes"),
    ];

    /// What was allocated, not what is in use: most profiles are written at a program's end, when
    /// little is in use.
    const DEFAULT_SAMPLE_TYPE: &'static str = "alloc_space";

    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            keep_allocator_frames: false,
            flatten_inlines: false,
            default_sample_type: Self::DEFAULT_SAMPLE_TYPE,
            operations: 0,
            allocator_costs: true,
        }
    }

    /// Keeps the functions of the allocator, the standard library and collections at the top of each
    /// stack. By default they are left out, and their flat value is that of the function that called
    /// them: see [`FOLDED_CRATES`](crate::FOLDED_CRATES).
    pub fn keep_allocator_frames(mut self) -> Self {
        self.keep_allocator_frames = true;
        self
    }

    /// Gives each inlined function a location of its own, for readers that show one function of a
    /// location. The addresses of inlined functions are then invented: just below that of the
    /// instruction.
    pub fn flatten_inlines(mut self) -> Self {
        self.flatten_inlines = true;
        self
    }

    /// Sets the sample type that readers show by default: `alloc_objects`, `alloc_space` (unless
    /// this is called), `inuse_objects` or `inuse_space`. With an empty name readers choose; pprof
    /// takes the last, `inuse_space`.
    pub fn default_sample_type(mut self, name: &'a str) -> Self {
        self.default_sample_type = name;
        self
    }

    /// Sets how many operations (requests, lines, frames) the profile covers, so that readers can
    /// compute what one of them allocates. 0 means unknown.
    ///
    /// The profile has it as a number, and for people as a comment, which `go tool pprof -comments`
    /// shows:
    ///
    /// ```no_run
    /// # fn serve_one() {}
    /// let profiler = repool_prof::Profiler::builder().start()?;
    /// for _ in 0..100_000 {
    ///     serve_one();
    /// }
    /// profiler.snapshot().export().operations(100_000).write_pprof("serve.pb.gz")?;
    /// // $ go tool pprof -comments serve.pb.gz
    /// // operations: 100000
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn operations(mut self, count: u64) -> Self {
        self.operations = count;
        self
    }

    /// Leaves the allocator's costs out, so that they are not measured.
    ///
    /// By default the first profile of a process takes about 30 ms more, in which
    /// [`measure_allocator_costs`] allocates and frees blocks of up to 1 MiB; later profiles have
    /// the same figures. From these a reader computes how much time a pool would save.
    pub fn without_allocator_costs(mut self) -> Self {
        self.allocator_costs = false;
        self
    }

    /// The profile as messages, for programs that change it before they write it.
    ///
    /// Looks up the functions that no earlier profile of the process had. The first time that can
    /// take seconds in a large program.
    ///
    /// ```no_run
    /// # let profiler = repool_prof::Profiler::builder().start()?;
    /// let profile = profiler.snapshot().export().profile();
    /// println!("{} samples", profile.sample.len());
    /// # Ok::<(), repool_prof::StartError>(())
    /// ```
    #[must_use]
    pub fn profile(&self) -> proto::Profile {
        let _own_work = thread::UnsampledGuard::new();
        let _own_faults = OwnFaultsGuard::new();
        let fault_cost = self.allocator_costs.then(minor_faults::cost).flatten();
        let costs = self
            .allocator_costs
            .then(measure_allocator_costs)
            .flatten()
            .map_or(&[][..], AllocatorCosts::pairs);
        let symbols = process_symbols::resolved(&self.snapshot.modules, &mut self.frames());
        let mut profile = self.profile_with(|frame| symbols.lines(frame));
        if let Some(lifetimes) = &mut profile.lifetimes {
            lifetimes.costs = costs.iter().map(|cost| (*cost).into()).collect();
            lifetimes.fault_cost = fault_cost.map(Into::into);
        }
        profile
    }

    /// Writes the profile to a new file, or in place of an existing one.
    ///
    /// Writes a temporary file in the same folder, whose name begins with `.repool-`, and renames it
    /// to `path` when it is complete. So `path` never has a part of a profile, and an older file
    /// stays until then, or for good if this fails. If `path` is a link, the file that it leads to
    /// is replaced; a device or a pipe is written to.
    ///
    /// # Errors
    ///
    /// If the temporary file cannot be created, written (the disk is full) or renamed (`path` is a
    /// folder). The error has the kind of the system's error; its text has the path and what failed.
    /// No file is left behind. If a limit of the process's address space (`ulimit -v`) may leave too
    /// little room, nothing is written, and the kind is
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    pub fn write_pprof(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let _own_work = thread::UnsampledGuard::new();
        address_space::check_write()?;
        let profile = self.profile();
        let _own_faults = OwnFaultsGuard::new();
        profile.write_pprof(path)
    }

    /// Writes the profile to `out`, which may be a `Vec<u8>`, a file or a connection.
    ///
    /// # Errors
    ///
    /// Those of `out`, which may have received a part of the profile by then; and
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory) as for [`write_pprof`](Export::write_pprof).
    pub fn write_to(&self, out: impl Write) -> io::Result<()> {
        let _own_work = thread::UnsampledGuard::new();
        address_space::check_write()?;
        let profile = self.profile();
        let _own_faults = OwnFaultsGuard::new();
        profile.write_to(out)
    }

    /// Every frame of every stack, with repetitions.
    fn frames(&self) -> impl Iterator<Item = Frame> {
        self.snapshot
            .stacks
            .iter()
            .flat_map(|stack| stack.frames())
            .copied()
    }

    /// The profile, with the lines that `lines` returns for each frame, and without the allocator's
    /// costs.
    pub(super) fn profile_with<'s>(
        &'s self,
        lines: impl Fn(Frame) -> &'s [ResolvedLine],
    ) -> proto::Profile {
        let mut table = LocationTable::new(&self.snapshot.modules, lines);
        if self.flatten_inlines {
            table.flatten(self.frames());
        }
        let mut samples = SampleTable::default();
        let (mut ids, mut frames) = (Vec::new(), Vec::new());
        for stack in &self.snapshot.stacks {
            if stack.records().iter().all(Record::is_zero) {
                continue;
            }
            table.stack(stack, self.keep_allocator_frames, &mut ids, &mut frames);
            samples.add(&ids, &frames, stack);
        }
        let sample_type = Self::SAMPLE_TYPES.map(|(name, unit)| proto::ValueType {
            r#type: table.string(name),
            unit: table.string(unit),
        });
        let period_type = proto::ValueType {
            r#type: table.string("space"),
            unit: table.string("bytes"),
        };
        let label = SizeLabel {
            key: table.string("bytes"),
            unit: table.string("bytes"),
        };
        let default_sample_type = table.string(self.default_sample_type);
        let comment = match self.operations {
            0 => Vec::new(),
            count => vec![table.string(format!("operations: {count}"))],
        };
        let taken = self.snapshot.taken.duration_since(SystemTime::UNIX_EPOCH);
        let nanos = |time: std::time::Duration| time.as_nanos().try_into().unwrap_or(i64::MAX);

        let mut profile = table.into_profile();
        let stacks = samples.finish(&label, &mut profile);
        proto::Profile {
            sample_type: sample_type.to_vec(),
            default_sample_type,
            comment,
            time_nanos: taken.map_or(0, nanos),
            duration_nanos: nanos(self.snapshot.duration),
            period_type: Some(period_type),
            period: self.snapshot.rate.try_into().unwrap_or(i64::MAX),
            lifetimes: Some(proto::Lifetimes {
                rate: self.snapshot.rate,
                stacks,
                operations: self.operations,
                version: proto::Lifetimes::VERSION,
                lost_samples: self.snapshot.lost,
                minor_faults: self.snapshot.minor_faults,
                ..proto::Lifetimes::default()
            }),
            ..profile
        }
    }
}
