//! The interface of `rseq` on systems without restartable sequences: a storage that is never made, so
//! that every pool uses the [`sharded`](super::sharded) engine.

use core::convert::Infallible;
use core::marker::PhantomData;

use super::{Busy, CpuCache, Cpus, DrainSink, MagazineSlot, Patience, PopError, Search};
use crate::depot::in_flight::InFlight;
use crate::depot::magazine::Magazine;

/// The table of no CPUs; takes no room.
pub(crate) struct Table;

/// The storage of no CPUs.
pub(crate) enum Storage {}

impl Table {
    pub(crate) const fn new() -> Self {
        Table
    }

    #[inline(always)]
    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        None
    }

    #[inline(always)]
    pub(crate) fn enter_unchecked(&self) -> Option<Entered<'_>> {
        None
    }

    pub(crate) fn publish(&self, storage: &Storage) {
        match *storage {}
    }
}

/// Checks that no table makes.
#[derive(Clone, Copy, Debug, Default)]
#[allow(dead_code)] // the interface is the same
pub(crate) struct Checks {
    pub(crate) pops: bool,
    pub(crate) returns: bool,
}

/// Access to no CPU's cache.
pub(crate) struct Entered<'a>(Infallible, PhantomData<&'a Table>);

impl Entered<'_> {
    pub(crate) fn pop(&self) -> *mut () {
        match self.0 {}
    }

    pub(crate) fn push(&self, _object: *mut ()) -> bool {
        match self.0 {}
    }
}

impl Storage {
    pub(crate) fn new(_usable: bool, _checks: Checks) -> Option<Self> {
        None
    }
}

/// What the calling thread's CPU has cached: nothing.
pub(crate) struct OwnCpu<'a>(Infallible, PhantomData<&'a Storage>);

impl Storage {
    pub(crate) fn cpus_in_use(&self) -> impl Iterator<Item = usize> {
        core::iter::empty()
    }

    pub(crate) fn each_cache(&self) -> impl Iterator<Item = &CpuCache> {
        core::iter::empty()
    }

    pub(crate) fn reset_after_fork(&self) {
        match *self {}
    }

    pub(crate) fn in_flight_here(&self) -> &InFlight {
        match *self {}
    }

    pub(crate) fn own_cpu(&self) -> Option<OwnCpu<'_>> {
        match *self {}
    }
}

impl OwnCpu<'_> {
    pub(crate) fn in_flight(&self) -> &InFlight {
        match self.0 {}
    }

    pub(crate) fn drain(&self, _sink: &mut dyn DrainSink) {
        match self.0 {}
    }

    pub(crate) fn trim(&self, _sink: &mut dyn DrainSink, _drops: Option<&dyn Fn(*mut ()) -> bool>) {
        match self.0 {}
    }
}

/// A table and its storage.
pub(crate) struct RseqView<'a> {
    #[allow(dead_code)] // the interface is the same
    pub(crate) table: &'a Table,
    pub(crate) storage: &'a Storage,
}

impl Cpus for RseqView<'_> {
    fn pop(&self) -> *mut () {
        match *self.storage {}
    }

    fn push(&self, _object: *mut ()) -> bool {
        match *self.storage {}
    }

    fn swap(&self, _slot: MagazineSlot, _new: *mut Magazine) -> Result<*mut Magazine, Busy> {
        match *self.storage {}
    }

    fn steal(&self, _search: Search, _sink: &mut dyn DrainSink) -> Result<bool, PopError> {
        match *self.storage {}
    }

    fn drain_all(&self, _patience: Patience, _sink: &mut dyn DrainSink) {
        match *self.storage {}
    }

    unsafe fn drain_all_alone(&self, _sink: &mut dyn DrainSink) {
        match *self.storage {}
    }

    fn trim(
        &self,
        _patience: Patience,
        _sink: &mut dyn DrainSink,
        _drops: Option<&dyn Fn(*mut ()) -> bool>,
    ) {
        match *self.storage {}
    }

    fn is_stopped(&self) -> bool {
        match *self.storage {}
    }

    fn count(&self) -> usize {
        match *self.storage {}
    }

    fn cache(&self, _number: usize) -> &CpuCache {
        match *self.storage {}
    }

    fn here(&self) -> usize {
        match *self.storage {}
    }
}

/// Why the process has this backend.
pub(crate) fn support() -> Result<(), &'static str> {
    Err("restartable sequences are used on x86-64 Linux with glibc only")
}

/// CPUs that can run, or 4 if the system does not tell.
pub(crate) fn cpus_online() -> usize {
    std::thread::available_parallelism().map_or(4, |n| n.get())
}

/// Asks the system nothing.
pub(crate) fn prepare() {}

/// Critical sections that were restarted: none.
pub(crate) fn restarts() -> u64 {
    0
}
