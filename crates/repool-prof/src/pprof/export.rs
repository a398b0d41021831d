use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use super::location_table::LocationTable;
use super::proto;
use super::sample_table::{SampleTable, SizeLabel};
use crate::costs::AllocatorCosts;
use crate::snapshot::{Frame, Record};
use crate::symbols::{self, ResolvedLine};
use crate::{Snapshot, address_space, thread};

/// How a snapshot is written.
///
/// ```no_run
/// # let profiler = repool_prof::Profiler::builder().start()?;
/// let snapshot = profiler.snapshot();
/// // As pprof, Pyroscope and Parca like it.
/// snapshot.export().write_pprof("heap.pb.gz")?;
/// // For speedscope, which looks only at the outermost of inlined functions.
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

    /// What was allocated, not what is in use: profiles are mostly written at a program's end, where
    /// little is.
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

    /// Keeps the allocator's, the standard library's and the collections' functions at the top of
    /// each stack. Else they are left out, and what is flat belongs to the function that called
    /// them.
    pub fn keep_allocator_frames(mut self) -> Self {
        self.keep_allocator_frames = true;
        self
    }

    /// Gives each inlined function a location of its own, for readers that see one function in a
    /// location. The addresses of inlined functions are then made up: they lie just below those of
    /// the instructions.
    pub fn flatten_inlines(mut self) -> Self {
        self.flatten_inlines = true;
        self
    }

    /// The sample type that readers show when none is asked for: `alloc_objects`, `alloc_space`,
    /// `inuse_objects` or `inuse_space`. It is `alloc_space` unless this is called. With an empty
    /// name readers choose; pprof takes the last, `inuse_space`.
    pub fn default_sample_type(mut self, name: &'a str) -> Self {
        self.default_sample_type = name;
        self
    }

    /// How many operations (requests, lines, frames) the profile is about, so that readers can say
    /// what one of them allocates. 0 is as if nobody had said.
    ///
    /// It is kept as a number, and for people as a comment, which `go tool pprof -comments` shows:
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

    /// Leaves out what the program's allocator takes, so that it need not be measured.
    ///
    /// Else the first profile that a process makes takes about 3 ms more, in which
    /// [`AllocatorCosts::measure`] asks the allocator for blocks of up to 1 MiB, and frees them; all
    /// others have what was measured then. From that a reader can tell how much time a pool would
    /// save.
    pub fn without_allocator_costs(mut self) -> Self {
        self.allocator_costs = false;
        self
    }

    /// The profile, for programs that want to change it before they write it.
    ///
    /// Functions that were not met before are looked up in the program's symbols, which can take
    /// seconds in a large program for the first time, and next to nothing from then on.
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
        let costs = self
            .allocator_costs
            .then(AllocatorCosts::measure)
            .flatten()
            .map_or(&[][..], AllocatorCosts::pairs);
        let symbols = symbols::resolved(&self.snapshot.modules, &mut self.frames());
        let mut profile = self.profile_with(|frame| symbols.lines(frame));
        if let Some(lifetimes) = &mut profile.lifetimes {
            lifetimes.costs = costs.iter().map(|cost| (*cost).into()).collect();
        }
        profile
    }

    /// Writes the profile to a new file, or in place of one.
    ///
    /// It is written beside `path` first, under a name that begins with `.repool-`, and moved there
    /// when it is complete. So at no time is there half a profile, and what was there before stays
    /// until then, and for good if this fails. A link at `path` stays, and the file that it leads to
    /// is replaced; a device or a pipe is written to.
    ///
    /// # Errors
    ///
    /// If a file cannot be created in that folder, written (as the disk is full) or moved to `path`
    /// (as there is a folder). The error keeps the kind of the system's; its text has the path and
    /// what was tried. No file is left behind. If a limit of the process's address space (`ulimit -v`)
    /// may not leave enough room, nothing is tried, and the kind is
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    pub fn write_pprof(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let _own_work = thread::UnsampledGuard::new();
        address_space::check_write()?;
        self.profile().write_pprof(path)
    }

    /// Writes the profile to `out`: a `Vec<u8>`, a file, a connection.
    ///
    /// # Errors
    ///
    /// Those of `out`, which may then have taken a part; and that of too little room, as
    /// [`write_pprof`](Export::write_pprof).
    pub fn write_to(&self, out: impl Write) -> io::Result<()> {
        let _own_work = thread::UnsampledGuard::new();
        address_space::check_write()?;
        self.profile().write_to(out)
    }

    /// Every frame of every stack, over and over.
    fn frames(&self) -> impl Iterator<Item = Frame> {
        self.snapshot
            .stacks
            .iter()
            .flat_map(|stack| stack.frames())
            .copied()
    }

    /// The profile, with names from `lines`, which knows every frame; without the allocator's costs.
    pub(super) fn profile_with<'s>(
        &'s self,
        lines: impl Fn(Frame) -> &'s [ResolvedLine],
    ) -> proto::Profile {
        let mut places = LocationTable::new(&self.snapshot.modules, lines);
        if self.flatten_inlines {
            places.flatten(self.frames());
        }
        let mut samples = SampleTable::default();
        let mut ids = Vec::new();
        for stack in &self.snapshot.stacks {
            if stack.records().iter().all(Record::is_zero) {
                continue;
            }
            places.stack(stack, self.keep_allocator_frames, &mut ids);
            samples.add(&ids, stack);
        }
        let sample_type = Self::SAMPLE_TYPES.map(|(name, unit)| proto::ValueType {
            r#type: places.string(name),
            unit: places.string(unit),
        });
        let period_type = proto::ValueType {
            r#type: places.string("space"),
            unit: places.string("bytes"),
        };
        let label = SizeLabel {
            key: places.string("bytes"),
            unit: places.string("bytes"),
        };
        let default_sample_type = places.string(self.default_sample_type);
        let comment = match self.operations {
            0 => Vec::new(),
            count => vec![places.string(format!("operations: {count}"))],
        };
        let taken = self.snapshot.taken.duration_since(SystemTime::UNIX_EPOCH);
        let nanos = |time: std::time::Duration| time.as_nanos().try_into().unwrap_or(i64::MAX);

        let mut profile = places.into_profile();
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
                ..proto::Lifetimes::default()
            }),
            ..profile
        }
    }
}
