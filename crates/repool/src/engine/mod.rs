//! The engine: what a pool and its guards share.
//!
//! ```text
//! get    private place or magazine of this CPU → previous magazine → a full one from the depot
//!        → another CPU's → one object of the depot's victims → create
//! drop   recycle → private place or magazine of this CPU → previous magazine → an empty one from
//!        the depot, which gets the full one → (over budget) drop
//! sweep  take what every CPU has → victims, of which those of the sweep before are dropped
//! ```
//!
//! [`Engine`] knows the type of the objects and runs the user's code: `create` (in the pool),
//! `recycle`, weighers and `Drop`, never within a critical section, never under a lock, and never
//! with an object in hand that a panic would lose. [`raw`] moves pointers.
//!
//! **E1.** Every pointer that is given to `raw` came from `Box::<Line<T>>::into_raw`, and `raw` hands
//! each out once (C1). While a pool has it idle, its weight is what it was when it came home (W1).

mod core;
pub(crate) mod counts;
mod demand;
pub(crate) mod disposal;
pub(crate) mod exchange;
pub(crate) mod haul;
mod homecoming;
mod line;
pub(crate) mod raw;
pub(crate) mod registry;
pub(crate) mod settings;
pub(crate) mod surplus;
mod sweep;
pub(crate) mod taken;
pub(crate) mod visit;

use ::core::marker::PhantomData;
use std::sync::Mutex;
use std::thread;

use crate::cpu::{Patience, Search};
use crate::debug;
use crate::depot::magazine::HEAVIEST;
use crate::recycle::Recycler;
use counts::{Counts, Tally, Why};
use exchange::Without;
use homecoming::Homecoming;
pub(crate) use line::Line;
use raw::RawPool;
use settings::Settings;

/// The objects of one pool and what is done when one comes home.
#[repr(C)]
pub(crate) struct Engine<T, R> {
    pub(crate) raw: RawPool,
    recycle: R,
    /// What an object weighs, where not its own type says so.
    weigh: Option<fn(&T) -> usize>,
    pub(crate) name: Option<&'static str>,
    /// Like a mutex of objects: owns them, lends them out one by one to any thread (so `Sync`
    /// takes `T: Send`), and stores through a shared reference (so it is invariant in `T`).
    objects: PhantomData<Mutex<T>>,
}

impl<T, R> Engine<T, R> {
    pub(crate) const fn new(recycle: R, settings: Settings) -> Self {
        Engine {
            raw: RawPool::new(settings),
            recycle,
            weigh: None,
            name: None,
            objects: PhantomData,
        }
    }

    pub(crate) const fn settings(&self) -> &Settings {
        self.raw.settings()
    }

    /// See [`RawPool::settings_mut`].
    #[track_caller]
    pub(crate) const fn settings_mut(&mut self) -> &mut Settings {
        self.raw.settings_mut()
    }

    #[track_caller]
    pub(crate) const fn set_weigher(&mut self, weigh: fn(&T) -> usize) {
        self.raw.settings_mut().weighs = true;
        self.weigh = Some(weigh);
    }

    pub(crate) fn counts(&self) -> &Counts {
        self.raw.counts()
    }

    /// `None` before the first use.
    pub(crate) fn tally(&self) -> Option<&Tally> {
        self.raw.tally()
    }

    /// Counts an object that was made, and why it had to be.
    pub(crate) fn add_created(&self, missed: Option<Without>) {
        self.raw.add_created(missed);
    }

    /// Counts an object that was taken out for good.
    pub(crate) fn add_detached(&self) {
        self.raw.add_detached();
    }

    /// Nothing is surplus any more: more is wanted.
    pub(crate) fn forgive_surplus(&self) {
        self.raw.forgive_surplus();
    }

    pub(crate) fn idle(&self) -> usize {
        self.raw.idle()
    }

    /// Takes an idle object that is at hand.
    #[inline(always)]
    pub(crate) fn take(&self) -> Option<Box<Line<T>>> {
        let object = self.raw.take();
        // SAFETY: null or a pointer that `give` or `give_slow` made from a box (E1).
        (!object.is_null()).then(|| unsafe { Box::from_raw(object.cast()) })
    }

    /// Takes an idle object from wherever there is one; where there is none, sweeps when it is time.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an object that is swept does.
    pub(crate) fn take_slow(&self, search: Search) -> Result<Box<Line<T>>, Without> {
        if !self.may_use() {
            return Err(Without::Contended);
        }
        // Before there is an object that a panic could lose.
        if self.raw.is_told_to_sweep() {
            self.sweep_if_due();
        }
        let object = match self.raw.take_slow(search) {
            Ok(object) => object,
            Err(without) => {
                self.sweep_if_due();
                return Err(without);
            }
        };
        // SAFETY: as in `take`; never null where there is one.
        Ok(unsafe { Box::from_raw(object.cast()) })
    }

    /// Counts and drops every idle object.
    pub(crate) fn clear(&self) {
        let mut discard = |object: *mut ()| {
            // SAFETY: as in `take`.
            self.discard_slow(unsafe { Box::from_raw(object.cast()) }, Why::Cleared);
        };
        // Again in a child that an object's `Drop` forked.
        while self.may_use() && !self.raw.drain(&mut discard) {}
    }

    /// Whether idle objects may be had and kept now: in a forked child, after the pool was taken over,
    /// and the parent's objects dropped if the child is not to have them. Not while another call is at it.
    ///
    /// # Panics
    ///
    /// If the `Drop` of such an object does; the others go at the next call.
    fn may_use(&self) -> bool {
        self.raw.may_move(&mut |object| {
            // SAFETY: as in `take`.
            self.discard_slow(unsafe { Box::from_raw(object.cast()) }, Why::Fork);
        })
    }

    /// Ends a period: drops what was not used since the last one ended.
    pub(crate) fn sweep(&self) {
        self.sweep_with(Patience::Some);
    }

    fn sweep_with(&self, patience: Patience) {
        if !self.may_use() {
            return;
        }
        self.raw.sweep(patience, &mut |object, why| {
            // SAFETY: as in `take`.
            self.discard_slow(unsafe { Box::from_raw(object.cast()) }, why);
        });
    }

    /// Sweeps when it is time, and waits for nobody; but not while a panic is under way, which an
    /// object's `Drop` could turn into an abort.
    fn sweep_if_due(&self) {
        if self.raw.sweep_is_due() && !thread::panicking() {
            self.sweep_with(Patience::None);
        }
    }

    /// Keeps an object that needs no recycling; `false` where there is no room or it is heavier
    /// than it may be, and it was dropped.
    pub(crate) fn keep(&self, object: Box<Line<T>>) -> bool {
        let homecoming = Homecoming::new(self, object);
        let usable = self.may_use();
        self.raw.note_unrecycled();
        let object = homecoming.arrived();
        if !usable {
            self.discard_slow(object, Why::Fork);
            return false;
        }
        let bytes = object.weight;
        if bytes > self.settings().max_object_bytes {
            self.discard_slow(object, Why::Heavy);
            return false;
        }
        // SAFETY: made from a box just now.
        unsafe { self.keep_or_discard(Box::into_raw(object), bytes) }
    }

    /// Keeps an object that weighs `bytes` wherever there is room; `false` where there is none, and
    /// it was dropped.
    ///
    /// # Safety
    ///
    /// The object was made from a box, and is the caller's.
    unsafe fn keep_or_discard(&self, object: *mut Line<T>, bytes: usize) -> bool {
        let kept = self.raw.give_slow(object.cast(), bytes);
        if let Err(why) = kept {
            // SAFETY: the caller's promise, and `raw` did not take it.
            self.discard_slow(unsafe { Box::from_raw(object) }, why);
        }
        kept.is_ok()
    }

    /// Counts and drops an object.
    #[cold]
    #[inline(never)]
    fn discard_slow(&self, object: Box<Line<T>>, why: Why) {
        self.raw.add_dropped(why);
        drop(object);
    }
}

impl<T, R: Recycler<T>> Engine<T, R> {
    /// Takes an object home: recycles it, and keeps it or drops it.
    #[inline(always)]
    pub(crate) fn give(&self, object: Box<Line<T>>) {
        let Some(slots) = self.raw.enter_unchecked() else {
            return self.give_elsewhere_slow(object);
        };
        if let Some(object) = self.recycled(object)
            && !slots.give(object.cast())
        {
            self.give_slow(object, 0);
        }
    }

    /// Recycles an object; `None` where it was refused, and dropped.
    #[inline(always)]
    fn recycled(&self, object: Box<Line<T>>) -> Option<*mut Line<T>> {
        let mut homecoming = Homecoming::new(self, object);
        let keep = self.recycle.recycle(&mut homecoming.object.object);
        let object = homecoming.arrived();
        if !keep {
            self.discard_slow(object, Why::Refused);
            return None;
        }
        Some(Box::into_raw(object))
    }

    /// Keeps a recycled object that weighs `bytes` wherever there is room; sweeps when it is time.
    #[cold]
    #[inline(never)]
    fn give_slow(&self, object: *mut Line<T>, bytes: usize) {
        // SAFETY: each caller made it from a box, and `raw` did not take it.
        unsafe { self.keep_or_discard(object, bytes) };
        self.sweep_if_due();
    }

    /// As `give`, on the slots engine, before the first use, and where a return has to be looked
    /// at.
    #[inline(never)]
    fn give_elsewhere_slow(&self, object: Box<Line<T>>) {
        if self.raw.checks_returns() {
            return self.give_checked(object);
        }
        if let Some(object) = self.recycled(object)
            && !self.raw.give_at_hand(object.cast(), 0)
        {
            self.give_slow(object, 0);
        }
    }

    fn give_checked(&self, object: Box<Line<T>>) {
        let settings = self.raw.settings();
        let mut homecoming = Homecoming::new(self, object);
        let usable = self.may_use();
        let object = &mut homecoming.object.object;
        let used = match settings.fade_outliers {
            true => self.recycle.used(object),
            false => None,
        };
        let mut keep = self.recycle.recycle(object);
        if keep && debug::switches().poison {
            self.recycle.poison(object);
        }
        let bytes = match settings.weighs_returns() {
            true => self.weigh(object),
            false => 0,
        };
        let mut object = homecoming.arrived();
        keep &= !self.raw.refuses_in_debug();
        if !keep {
            return self.discard_slow(object, Why::Refused);
        }
        if bytes > settings.max_object_bytes || self.is_outlier(bytes, used, object.weight) {
            return self.discard_slow(object, Why::Heavy);
        }
        if !usable {
            return self.discard_slow(object, Why::Fork);
        }
        object.weight = bytes;
        let object = Box::into_raw(object);
        if !self.raw.give_at_hand(object.cast(), bytes) {
            self.give_slow(object, bytes);
        } else if self.raw.count_checked() {
            self.sweep_if_due();
        }
    }

    /// Whether an object is far heavier than recent demand, which this return is part of: what was
    /// used of it, and its weight where it has grown since it was last weighed.
    fn is_outlier(&self, bytes: usize, used: Option<usize>, before: usize) -> bool {
        if !self.raw.settings().fade_outliers {
            return false;
        }
        let grown = if bytes > before { bytes } else { 0 };
        let wanted = used.unwrap_or(0).max(grown);
        self.raw.demand().is_some_and(|demand| {
            demand.note(wanted);
            bytes > demand.bound()
        })
    }

    /// Bytes that an object weighs; 0 where nobody knows.
    pub(crate) fn weigh(&self, object: &T) -> usize {
        match self.weigh {
            Some(weigh) => weigh(object),
            None => self.recycle.weight(object).unwrap_or(0),
        }
        .min(HEAVIEST)
    }

    /// Weighs an object that `create` has just made, where it will be needed.
    pub(crate) fn weigh_new(&self, line: &mut Line<T>) {
        if !self.raw.settings().weighs_returns() {
            return;
        }
        line.weight = self.weigh(&line.object);
        if let Some(demand) = self.raw.demand() {
            demand.note_made(line.weight);
        }
    }
}

impl<T, R> Drop for Engine<T, R> {
    /// Drops every idle object; goes on with the rest when one's `Drop` panics. A second panic
    /// aborts, as everywhere.
    fn drop(&mut self) {
        struct Rest<'a>(&'a mut RawPool, fn(*mut ()));
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                self.0.drain_mut(&mut self.1);
            }
        }
        let mut rest = Rest(&mut self.raw, |object| {
            // SAFETY: as in `take`.
            drop(unsafe { Box::<Line<T>>::from_raw(object.cast()) });
        });
        rest.0.drain_mut(&mut rest.1);
    }
}
