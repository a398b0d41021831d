//! The directory: chunks of one size, found by number.
//!
//! Chunks, tables of entries and the table of tables are each made when first needed, so that no call
//! pays for more than one of each: 51 KiB in all.
//!
//! **A2.** A pointer here, once not null, points to a box that lives as long as the directory. The
//! *content* of a chunk may be lost while the chunk is [released](Entry::release): its magazines are
//! then owned by the thread that releases it or reuses it (M1), and empty.

use core::ptr;

use super::chunk::Chunk;
use super::magazine::Magazine;
use super::stack::{Linked, Numbered};
use crate::sync::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

/// Entries in a table, of 24 bytes on 64-bit systems: 4 KiB.
const ENTRIES: usize = if cfg!(all(test, repool_loom)) { 2 } else { 170 };
/// TableRoot. With `ENTRIES` and `SIZE`, the numbers of all magazines fit `ID_BITS`.
const TABLES: usize = if cfg!(all(test, repool_loom)) { 2 } else { 768 };

/// Most chunks that a directory can have.
pub(crate) const MOST: u32 = (ENTRIES * TABLES) as u32;

/// The state of a chunk that is kept outside of its memory.
pub(crate) struct Entry {
    /// From 1.
    number: u32,
    /// The next entry on the stack of released chunks; 0 ends the stack.
    next: AtomicU32,
    chunk: AtomicPtr<Chunk>,
    /// Whether the chunk is released: its magazines are empty and need not be read.
    is_released: AtomicBool,
}

struct EntryTable([Entry; ENTRIES]);
struct TableRoot([AtomicPtr<EntryTable>; TABLES]);

/// The chunks of one arena, numbered from 1.
pub(crate) struct Directory {
    tables: AtomicPtr<TableRoot>,
}

/// What `place` points to, made now if there is nothing yet; `None` if memory has run out.
fn provide<T>(place: &AtomicPtr<T>, make: impl FnOnce() -> Option<T>) -> Option<&T> {
    let mut found = place.load(Ordering::Acquire);
    if found.is_null() {
        let mut fresh = Vec::new();
        fresh.try_reserve_exact(1).ok()?;
        fresh.push(make()?);
        let fresh = Box::into_raw(fresh.into_boxed_slice()).cast::<T>();
        // Release, so that a thread that sees the pointer sees what was made.
        let null = ptr::null_mut();
        found = match place.compare_exchange(null, fresh, Ordering::Release, Ordering::Acquire) {
            Ok(_) => fresh,
            Err(other) => {
                // Another thread was first.
                // SAFETY: leaked above, and seen by no other thread.
                drop(unsafe { Box::from_raw(fresh) });
                other
            }
        };
    }
    // SAFETY: A2.
    Some(unsafe { &*found })
}

/// What `place` points to; `None` for null.
#[inline]
fn at<T>(place: &AtomicPtr<T>) -> Option<&T> {
    // SAFETY: null, or A2.
    unsafe { place.load(Ordering::Acquire).as_ref() }
}

/// Takes what `place` points to, for the directory that is dropped; `None` for null.
fn take<T>(place: &AtomicPtr<T>) -> Option<Box<T>> {
    let made = place.swap(ptr::null_mut(), Ordering::Acquire);
    // SAFETY: leaked by `provide` (A2), as a box of one or, which is the same, a slice of one; it is
    // taken once.
    (!made.is_null()).then(|| unsafe { Box::from_raw(made) })
}

/// The entry of chunk `number`: the table's index, and the index in it.
#[inline]
fn locate(number: u32) -> Option<(usize, usize)> {
    let index = number.checked_sub(1)? as usize;
    Some((index / ENTRIES, index % ENTRIES))
}

impl Directory {
    pub(crate) fn new() -> Self {
        Directory {
            tables: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Makes chunk `number` if there is none yet, with magazines of `limit` objects numbered from `first`;
    /// `None` if memory or numbers have run out.
    pub(crate) fn provide(&self, number: u32, first: u32, limit: usize) -> Option<()> {
        let (table, place) = locate(number)?;
        let null = |_| AtomicPtr::new(ptr::null_mut());
        let tables = provide(&self.tables, || Some(TableRoot(core::array::from_fn(null))))?;
        let entry = |place| Entry::new((table * ENTRIES + place) as u32 + 1);
        let table = provide(tables.0.get(table)?, || {
            Some(EntryTable(core::array::from_fn(entry)))
        })?;
        provide(&table.0[place].chunk, || Chunk::new(first, limit)).map(drop)
    }

    /// The entries of chunks 1 to `most` that were made.
    pub(crate) fn entries(&self, most: u32) -> impl Iterator<Item = &Entry> {
        (1..=most).map_while(|number| self.item(number))
    }
}

impl Numbered for Directory {
    type Item = Entry;

    #[inline]
    fn item(&self, number: u32) -> Option<&Entry> {
        let (table, place) = locate(number)?;
        let table = at(at(&self.tables)?.0.get(table)?)?;
        table.0.get(place)
    }
}

impl Entry {
    fn new(number: u32) -> Self {
        Entry {
            number,
            next: AtomicU32::new(0),
            chunk: AtomicPtr::new(ptr::null_mut()),
            is_released: AtomicBool::new(false),
        }
    }

    /// The chunk's magazines; none before it was made.
    #[inline]
    pub(crate) fn magazines(&self) -> &[Magazine] {
        at(&self.chunk).map_or(&[], Chunk::magazines)
    }

    /// Whether its magazines are released, and need not be read.
    pub(crate) fn is_released(&self) -> bool {
        self.is_released.load(Ordering::Relaxed)
    }

    pub(crate) fn set_released(&self, is_released: bool) {
        // Without a store, a forked child's page stays shared.
        if self.is_released() != is_released {
            self.is_released.store(is_released, Ordering::Relaxed);
        }
    }

    /// Gives the chunk's memory back to the system. For a caller that owns its magazines (M1), all of
    /// which are empty.
    pub(crate) fn release(&self) {
        self.set_released(true);
        if let Some(chunk) = at(&self.chunk) {
            chunk.wipe();
        }
    }
}

impl Linked for Entry {
    fn number(&self) -> u32 {
        self.number
    }

    fn next(&self) -> &AtomicU32 {
        &self.next
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let Some(tables) = take(&self.tables) else {
            return;
        };
        for entries in tables.0.iter().map_while(take) {
            entries
                .0
                .iter()
                .filter_map(|entry| take(&entry.chunk))
                .for_each(drop);
        }
    }
}
