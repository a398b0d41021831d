//! The face of `rseq` where restartable sequences are not to be had: a table that is never open.

use core::convert::Infallible;
use core::marker::PhantomData;

use super::{Busy, Cpus, Patience, Place, Search, Sink, Slot, Sought};
use crate::depot::hands::Hands;
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

/// What is asked for at no way in.
#[derive(Clone, Copy, Debug, Default)]
#[allow(dead_code)] // the face is the same
pub(crate) struct Checks {
    pub(crate) takes: bool,
    pub(crate) returns: bool,
}

/// A way to no CPU's slot.
pub(crate) struct Entered<'a>(Infallible, PhantomData<&'a Table>);

impl Entered<'_> {
    pub(crate) fn take(&self) -> *mut () {
        match self.0 {}
    }

    pub(crate) fn give(&self, _object: *mut ()) -> bool {
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

    pub(crate) fn each_slot(&self) -> impl Iterator<Item = &Slot> {
        core::iter::empty()
    }

    pub(crate) fn forget_hands(&self) {
        match *self {}
    }

    pub(crate) fn hands_here(&self) -> &Hands {
        match *self {}
    }

    pub(crate) fn own_cpu(&self) -> Option<OwnCpu<'_>> {
        match *self {}
    }
}

impl OwnCpu<'_> {
    pub(crate) fn hands(&self) -> &Hands {
        match self.0 {}
    }

    pub(crate) fn unload(&self, _sink: &mut dyn Sink) {
        match self.0 {}
    }

    pub(crate) fn trim(&self, _sink: &mut dyn Sink, _goes: Option<&dyn Fn(*mut ()) -> bool>) {
        match self.0 {}
    }
}

/// A table and its storage.
pub(crate) struct CpusOf<'a> {
    #[allow(dead_code)] // the face is the same
    pub(crate) table: &'a Table,
    pub(crate) storage: &'a Storage,
}

impl Cpus for CpusOf<'_> {
    fn take(&self) -> *mut () {
        match *self.storage {}
    }

    fn give(&self, _object: *mut ()) -> bool {
        match *self.storage {}
    }

    fn swap(&self, _place: Place, _new: *mut Magazine) -> Result<*mut Magazine, Busy> {
        match *self.storage {}
    }

    fn steal(&self, _search: Search, _sink: &mut dyn Sink) -> Sought {
        match *self.storage {}
    }

    fn seize(&self, _patience: Patience, _sink: &mut dyn Sink) {
        match *self.storage {}
    }

    unsafe fn seize_alone(&self, _sink: &mut dyn Sink) {
        match *self.storage {}
    }

    fn trim(
        &self,
        _patience: Patience,
        _sink: &mut dyn Sink,
        _goes: Option<&dyn Fn(*mut ()) -> bool>,
    ) {
        match *self.storage {}
    }

    fn shut(&self) -> bool {
        match *self.storage {}
    }

    fn count(&self) -> usize {
        match *self.storage {}
    }

    fn slot(&self, _number: usize) -> &Slot {
        match *self.storage {}
    }

    fn here(&self) -> usize {
        match *self.storage {}
    }
}

/// Why the backend is what it is here.
pub(crate) fn support() -> Result<(), &'static str> {
    Err("restartable sequences are used on x86-64 Linux with glibc only")
}

/// CPUs that can run, as far as it is known.
pub(crate) fn cpus_online() -> usize {
    std::thread::available_parallelism().map_or(4, |n| n.get())
}

/// Nothing is to be asked of the system ahead of time.
pub(crate) fn prepare() {}

/// Critical sections that were restarted: none.
pub(crate) fn restarts() -> u64 {
    0
}
