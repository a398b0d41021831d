//! Where an object waits close to the CPU that will want it, and how to get at it without a lock.
//!
//! One face, [`Cpus`], and two engines behind it. [`rseq`] has a slot for each CPU and works on
//! it in restartable sequences; [`slots`] has a few slots that threads share, each behind a lock
//! that is never waited for. Both keep the same things in a [`Slot`].

pub(crate) mod slots;
pub(crate) mod thread;

// Restartable sequences need Linux, the registration that glibc does, and sections written for
// the processor. Miri, loom and other systems have the same face without them.
#[cfg_attr(
    not(all(
        target_os = "linux",
        target_env = "gnu",
        target_arch = "x86_64",
        target_pointer_width = "64",
        not(miri),
        not(all(test, repool_loom))
    )),
    path = "no_rseq.rs"
)]
pub(crate) mod rseq;

use core::ptr;

use crate::depot::hands::Hands;
use crate::depot::magazine::Magazine;
use crate::sync::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering, yield_now};

/// Checked returns on one CPU between two looks at the clock. A look takes 4 ns (2026-11), so that
/// eight returns share it; a pool with one return a second still looks within eight seconds.
const LOOK_EVERY: u32 = 8;

/// What one CPU, or a few threads, keep at hand.
///
/// The private place stands in front of the loaded magazine: for one object out and in, the
/// magazine's count need not be read, and the chain of dependent loads is one store-to-load
/// forward long. The previous magazine is always full or empty, give or take a race, and keeps a
/// thread that goes to and fro at a magazine's edge from going to the depot each time (Bonwick
/// and Adams, 2001).
#[repr(C)]
pub(crate) struct Slot {
    /// One object, or null. First: see [`Magazine::count`].
    pub(crate) private: AtomicPtr<()>,
    /// The magazine in use, or null.
    pub(crate) loaded: AtomicPtr<Magazine>,
    /// The one used before it, or null.
    pub(crate) previous: AtomicPtr<Magazine>,
    /// Objects in the loaded magazine that were not taken since the last trim, at its bottom: the
    /// fewest that a return found. Used only where nothing goes to the depot.
    unused: AtomicUsize,
    /// Whether the private object was not taken since then: every return found one.
    private_unused: AtomicBool,
    /// Returns that were checked here, modulo 2^32. A count may be lost where threads contend.
    checked: AtomicU32,
    /// Raised by whoever was on this CPU then.
    pub(crate) hands: Hands,
}

impl Slot {
    pub(crate) fn new() -> Self {
        Slot {
            private: AtomicPtr::new(ptr::null_mut()),
            loaded: AtomicPtr::new(ptr::null_mut()),
            previous: AtomicPtr::new(ptr::null_mut()),
            unused: AtomicUsize::new(0),
            private_unused: AtomicBool::new(false),
            checked: AtomicU32::new(0),
            hands: Hands::new(),
        }
    }

    fn has_private(&self) -> bool {
        !self.private.load(Ordering::Relaxed).is_null()
    }

    /// Takes the private object; null when there is none.
    fn take_private(&self) -> *mut () {
        if !self.has_private() {
            return ptr::null_mut();
        }
        // Acquire: what the giver did to the object is seen.
        self.private.swap(ptr::null_mut(), Ordering::Acquire)
    }

    /// Puts an object in the private place; `false` where there is one.
    fn put_private(&self, object: *mut ()) -> bool {
        // Release: whoever takes it sees what was done to the object.
        !self.has_private()
            && self
                .private
                .compare_exchange(
                    ptr::null_mut(),
                    object,
                    Ordering::Release,
                    Ordering::Relaxed,
                )
                .is_ok()
    }

    /// Moves the private object to `sink`; says whether there was one.
    fn unload_private(&self, sink: &mut dyn Sink) -> bool {
        // Looked at first: only where there is something is room made.
        if !self.has_private() || !sink.has_room() {
            return false;
        }
        let object = self.take_private();
        if object.is_null() {
            return false;
        }
        sink.put(Loot::Object(object));
        true
    }

    fn in_loaded(&self) -> usize {
        holds(self.loaded.load(Ordering::Acquire))
    }

    /// Objects in the slot; a guess unless it is held still.
    fn idle(&self) -> usize {
        let previous = holds(self.previous.load(Ordering::Acquire));
        usize::from(self.has_private()) + self.in_loaded() + previous
    }

    /// Counts a return that is checked; says whether it is one in [`LOOK_EVERY`]. Two relaxed
    /// accesses rather than an atomic addition: a lost count only delays a look at the clock.
    fn count_checked(&self) -> bool {
        let checked = self.checked.load(Ordering::Relaxed).wrapping_add(1);
        self.checked.store(checked, Ordering::Relaxed);
        checked.is_multiple_of(LOOK_EVERY)
    }

    /// Notes how many objects nobody wants: those that a return finds here.
    fn note_unused(&self) {
        let loaded = self.in_loaded();
        if self.unused.load(Ordering::Relaxed) > loaded {
            self.unused.store(loaded, Ordering::Relaxed);
        }
        if !self.has_private() {
            self.private_unused.store(false, Ordering::Relaxed);
        }
    }

    /// Moves to `sink` what was not used since the last trim, the oldest first, and what else
    /// `goes`. For whoever has the slot's magazines alone.
    fn trim(&self, sink: &mut dyn Sink, goes: Option<&dyn Fn(*mut ()) -> bool>) {
        // Only where a thread came to another CPU in the middle of a call: nothing counts it here.
        let stray = self.previous.load(Ordering::Relaxed);
        if holds(stray) > 0 {
            self.previous.store(ptr::null_mut(), Ordering::Relaxed);
            sink.put(Loot::Magazine(stray));
        }
        // SAFETY: null, or a magazine of the pool's arena, which outlives the slot (C2).
        let loaded = unsafe { self.loaded.load(Ordering::Relaxed).as_ref() };
        let goes_too = |object: *mut ()| goes.is_some_and(|goes| goes(object));
        if let Some(loaded) = loaded {
            let unused = self.unused.load(Ordering::Relaxed);
            for place in (0..loaded.count()).rev() {
                if sink.has_room()
                    && (place < unused || loaded.get(place).is_some_and(goes_too))
                    && let Some(object) = loaded.remove(place)
                {
                    sink.put(Loot::Object(object));
                }
            }
        }
        let unused = self.private_unused.load(Ordering::Relaxed);
        if (unused || goes.is_some()) && self.has_private() && sink.has_room() {
            // Others may want it meanwhile, so that it is looked at only once it is taken out.
            let private = self.take_private();
            let stays = private.is_null()
                || !unused
                    && !goes_too(private)
                    && (self.put_private(private)
                        || loaded.is_some_and(|loaded| loaded.push(private)));
            if !stays {
                sink.put(Loot::Object(private));
            }
        }
        self.unused.store(self.in_loaded(), Ordering::Relaxed);
        self.private_unused
            .store(self.has_private(), Ordering::Relaxed);
    }

    pub(crate) fn place(&self, place: Place) -> &AtomicPtr<Magazine> {
        match place {
            Place::Loaded => &self.loaded,
            Place::Previous => &self.previous,
        }
    }
}

/// A slot's place for a magazine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Loaded,
    Previous,
}

/// The slot cannot be changed just now: it is swept, or another thread is at it. Never waited
/// for; the caller goes on to the depot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

/// How hard to look for an object on other CPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// There is a way out, creating: do not disturb others too often.
    Polite,
    /// There is none.
    Thorough,
}

/// Whether those who are in the way may go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// No: what they have is left to them.
    None,
    /// For a bounded time.
    Some,
}

impl Patience {
    /// Tries at `work`, `most` at most, until it says that it is done.
    fn attempts(self, most: usize, mut work: impl FnMut() -> bool) {
        let most = if self == Patience::None { 1 } else { most };
        for left in (0..most).rev() {
            if work() {
                return;
            }
            if left > 0 {
                yield_now();
            }
        }
    }
}

/// Objects in a magazine that a slot points to; a guess unless the slot is held still.
fn holds(magazine: *mut Magazine) -> usize {
    // SAFETY: a slot's magazine, null or of the pool's arena, which outlives the slot (C2).
    unsafe { magazine.as_ref() }.map_or(0, Magazine::count)
}

/// How a search on other CPUs ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sought {
    /// With what there was, if there was any.
    Through,
    /// There is something, which is left where it is: out of politeness, or because the system
    /// refuses the barrier.
    #[allow(dead_code)] // by the rseq engine only
    Left,
    /// Another thread is in the way, for a moment.
    Busy,
}

/// What was found in a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loot {
    Object(*mut ()),
    /// With at least one object, for the caller to own.
    Magazine(*mut Magazine),
}

/// Where what is found in other slots is put.
pub(crate) trait Sink {
    /// Whether there is room for one more object; where there is none, it is left in its slot.
    fn has_room(&mut self) -> bool;

    /// Takes over an object, for which there is room, or a magazine, for which there always is.
    fn put(&mut self, loot: Loot);
}

/// The face of both engines: exclusive use of what is at hand for the calling thread.
///
/// **C1.** Each object and each magazine is in one place at a time: what `take`, `swap`, `steal`
/// or `seize` hands out is in no slot any more, and nobody else was handed it.
///
/// **C2.** A magazine in a slot belongs to the arena of the pool that the slot belongs to, and
/// so outlives the slot.
pub(crate) trait Cpus {
    /// Takes an object that is at hand; null when there is none.
    fn take(&self) -> *mut ();

    /// Keeps an object at hand; `false` when there is no room, and it stays the caller's.
    fn give(&self, object: *mut ()) -> bool;

    /// Exchanges the magazine at `place`; the old one, or null, is then the caller's.
    fn swap(&self, place: Place, new: *mut Magazine) -> Result<*mut Magazine, Busy>;

    /// Empties one other slot that has something into `sink`, which must not use the slots.
    fn steal(&self, search: Search, sink: &mut dyn Sink) -> Sought;

    /// Empties every slot that it can into `sink`, which must not use the slots.
    fn seize(&self, patience: Patience, sink: &mut dyn Sink);

    /// As `seize`, whatever others of the pool's former users left shut or locked.
    ///
    /// # Safety
    ///
    /// Nobody else uses the slots, from before the call to after it.
    unsafe fn seize_alone(&self, sink: &mut dyn Sink);

    /// Moves to `sink`, from every slot that it can, what was not taken since the last trim, and
    /// what else `goes`, which must not use the slots.
    fn trim(&self, patience: Patience, sink: &mut dyn Sink, goes: Option<&dyn Fn(*mut ()) -> bool>);

    /// Whether the slots are out of use for a moment, which is worth waiting for.
    fn shut(&self) -> bool;

    /// How many slots there are, at least one.
    fn count(&self) -> usize;

    /// A slot, by its number below `count`; to look at, unless it says otherwise.
    fn slot(&self, number: usize) -> &Slot;

    /// The number of the slot to look at first; a hint, for the thread may move at once.
    fn here(&self) -> usize;

    /// Every slot.
    fn slots(&self) -> impl Iterator<Item = &Slot> {
        (0..self.count()).map(|number| self.slot(number))
    }

    /// Whether there is a magazine at `place` here.
    fn has_magazine(&self, place: Place) -> bool {
        let magazine = self.slot(self.here()).place(place);
        !magazine.load(Ordering::Relaxed).is_null()
    }

    /// Objects that are at hand here.
    fn at_hand(&self) -> usize {
        self.slot(self.here()).idle()
    }

    /// Notes how many objects are at hand here that nobody has taken, before one more comes home.
    fn note_unused(&self) {
        self.slot(self.here()).note_unused();
    }

    /// Counts a checked return here; says whether this one is to look at the clock.
    fn count_checked(&self) -> bool {
        self.slot(self.here()).count_checked()
    }

    /// The hands here.
    fn hands(&self) -> &Hands {
        &self.slot(self.here()).hands
    }

    /// Whether any hands are raised.
    fn hands_are_raised(&self) -> bool {
        self.slots().any(|slot| slot.hands.are_raised())
    }

    /// Makes the slots usable in a forked child, whatever threads of the parent had shut, and whatever
    /// hands they had raised; see [`Hands::forget`].
    fn renew(&self) {
        self.slots().for_each(|slot| slot.hands.forget());
    }

    /// Whether any slot has something, at a glance.
    fn have_any(&self) -> bool {
        self.slots().any(|slot| slot.idle() > 0)
    }

    /// Objects in private places; exact while nobody is in the middle of a call.
    fn privates(&self) -> usize {
        self.slots().filter(|slot| slot.has_private()).count()
    }

    /// Takes every object out of its private place and hands it to `sink`, which may panic.
    ///
    /// # Safety
    ///
    /// Nobody else uses the pool, from before the call to after it.
    unsafe fn drain_privates(&self, sink: &mut dyn FnMut(*mut ())) {
        for slot in self.slots() {
            let object = slot.take_private();
            if !object.is_null() {
                sink(object);
            }
        }
    }
}
