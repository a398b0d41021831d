//! The face of `rseq` where restartable sequences are not to be had: a table that is never open.

use super::{Busy, Cpus, Place, Search, Sink};
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
    pub(crate) fn enter(&self) -> Option<Entered> {
        None
    }

    pub(crate) fn publish(&self, storage: &Storage) {
        match *storage {}
    }
}

/// A way to no CPU's slot.
pub(crate) enum Entered {}

impl Entered {
    pub(crate) fn take(&self) -> *mut () {
        match *self {}
    }

    pub(crate) fn give(&self, _object: *mut ()) -> bool {
        match *self {}
    }
}

impl Storage {
    pub(crate) fn new(_usable: bool) -> Option<Self> {
        None
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

    fn steal(&self, _search: Search, _sink: &mut dyn Sink) {
        match *self.storage {}
    }

    fn seize(&self, _sink: &mut dyn Sink) {
        match *self.storage {}
    }

    unsafe fn drain_privates(&self, _sink: &mut dyn FnMut(*mut ())) {
        match *self.storage {}
    }

    fn privates(&self) -> usize {
        match *self.storage {}
    }
}

/// Why the backend is what it is here.
pub(crate) fn support() -> Result<(), &'static str> {
    Err("restartable sequences are used on x86-64 Linux with glibc only")
}

/// Critical sections that were restarted: none.
pub(crate) fn restarts() -> u64 {
    0
}
