//! The engine: one pool's objects, shared by the pool and its guards.
//!
//! ```text
//! get    private slot or magazine of this CPU → previous magazine → a full one from the depot
//!        → another CPU's → one object of the depot's victims → create
//! put    recycle → private slot or magazine of this CPU → previous magazine → an empty one from
//!        the depot, which gets the full one → (over budget) drop
//! sweep  drop the depot's victims → drain every CPU's cache into new victims
//! ```
//!
//! [`Engine`] knows the type of the objects and runs the user's code: `create` (in the pool),
//! `recycle`, weighers and `Drop`, never within a critical section, never under a lock, and never
//! while it owns another object that a panic would lose. [`raw`] moves pointers between [caches](crate::cpu)
//! and [depot](crate::depot).
//!
//! **E1.** Every pointer that is given to `raw` came from `Box::<Node<T>>::into_raw`, and `raw` hands
//! each out once (C1). While an object is idle, its weight is the one of its return (W1).

mod core;
pub(crate) mod counts;
pub(crate) mod cursor;
mod demand;
pub(crate) mod disposal;
pub(crate) mod drain;
pub(crate) mod excess;
pub(crate) mod exchange;
mod node;
pub(crate) mod ownership;
pub(crate) mod raw;
pub(crate) mod registry;
mod return_guard;
pub(crate) mod settings;
mod sweep;
pub(crate) mod visit;

use ::core::marker::PhantomData;
use std::sync::Mutex;
use std::thread;

use crate::cpu::{Patience, PopError, Search};
use crate::debug;
use crate::depot::magazine::HEAVIEST;
use crate::recycle::Recycler;
use counts::{Counts, DropReason, Tally};
pub(crate) use node::Node;
use raw::RawPool;
use return_guard::ReturnGuard;
use settings::Settings;

/// The objects of one pool, and how they are recycled and weighed.
#[repr(C)]
pub(crate) struct Engine<T, R> {
    pub(crate) raw: RawPool,
    recycle: R,
    /// Weighs an object in bytes; `None` if its type does.
    weigh: Option<fn(&T) -> usize>,
    pub(crate) name: Option<&'static str>,
    /// Like a mutex of objects: owns them, hands them out one by one to any thread (so `Sync` takes
    /// `T: Send`), and stores through a shared reference (so it is invariant in `T`).
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

    /// Counts an object that was created, and the miss that it was created for.
    pub(crate) fn add_created(&self, missed: Option<PopError>) {
        self.raw.add_created(missed);
    }

    /// Counts an object that left the pool for good.
    pub(crate) fn add_detached(&self) {
        self.raw.add_detached();
    }

    /// Counts no object as excess any more: the user wants more.
    pub(crate) fn clear_excess(&self) {
        self.raw.clear_excess();
    }

    pub(crate) fn idle(&self) -> usize {
        self.raw.idle()
    }

    /// Pops an idle object that is cached on this CPU.
    #[inline(always)]
    pub(crate) fn get(&self) -> Option<Box<Node<T>>> {
        let object = self.raw.pop();
        // SAFETY: null or a pointer that `put` or `put_slow` made from a box (E1).
        (!object.is_null()).then(|| unsafe { Box::from_raw(object.cast()) })
    }

    /// Pops an idle object from wherever there is one; if there is none, sweeps if it is due.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an object that is swept does.
    pub(crate) fn get_slow(&self, search: Search) -> Result<Box<Node<T>>, PopError> {
        if !self.may_use() {
            return Err(PopError::Contended);
        }
        // Before the pop: a panic of `Drop` would lose the object.
        if self.raw.is_told_to_sweep() {
            self.sweep_if_due();
        }
        let object = match self.raw.pop_slow(search) {
            Ok(object) => object,
            Err(error) => {
                self.sweep_if_due();
                return Err(error);
            }
        };
        // SAFETY: as in `get`; never null.
        Ok(unsafe { Box::from_raw(object.cast()) })
    }

    /// Counts and drops every idle object.
    pub(crate) fn clear(&self) {
        let mut discard = |object: *mut ()| {
            // SAFETY: as in `get`.
            self.discard_slow(unsafe { Box::from_raw(object.cast()) }, DropReason::Cleared);
        };
        // Again in a child that an object's `Drop` forked.
        while self.may_use() && !self.raw.drain(&mut discard) {}
    }

    /// Whether objects may be popped and pushed now. In a forked child it claims the pool first and, with
    /// `drop_on_fork`, drops the parent's objects; `false` while another thread does so.
    ///
    /// # Panics
    ///
    /// If the `Drop` of such an object does; the next call drops the others.
    fn may_use(&self) -> bool {
        self.raw.may_move(&mut |object| {
            // SAFETY: as in `get`.
            self.discard_slow(unsafe { Box::from_raw(object.cast()) }, DropReason::Fork);
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
            // SAFETY: as in `get`.
            self.discard_slow(unsafe { Box::from_raw(object.cast()) }, why);
        });
    }

    /// Sweeps if it is due, in one attempt; but not while a panic is under way, which an object's `Drop`
    /// could turn into an abort.
    fn sweep_if_due(&self) {
        if self.raw.sweep_is_due() && !thread::panicking() {
            self.sweep_with(Patience::None);
        }
    }

    /// Puts an object that needs no recycling; `false` if it was dropped, because there is no room or it
    /// is heavier than it may be.
    pub(crate) fn keep(&self, object: Box<Node<T>>) -> bool {
        let guard = ReturnGuard::new(self, object);
        let usable = self.may_use();
        self.raw.note_unrecycled();
        let object = guard.disarm();
        if !usable {
            self.discard_slow(object, DropReason::Fork);
            return false;
        }
        let bytes = object.weight;
        if bytes > self.settings().max_object_bytes {
            self.discard_slow(object, DropReason::Heavy);
            return false;
        }
        // SAFETY: made from a box in this expression.
        unsafe { self.keep_or_discard(Box::into_raw(object), bytes) }
    }

    /// Pushes an object that weighs `bytes` wherever there is room; `false` if there is none, and it was
    /// dropped.
    ///
    /// # Safety
    ///
    /// The object was made from a box, and is the caller's.
    unsafe fn keep_or_discard(&self, object: *mut Node<T>, bytes: usize) -> bool {
        let kept = self.raw.push_slow(object.cast(), bytes);
        if let Err(why) = kept {
            // SAFETY: the caller's promise, and `raw` did not take it.
            self.discard_slow(unsafe { Box::from_raw(object) }, why);
        }
        kept.is_ok()
    }

    /// Counts and drops an object.
    #[cold]
    #[inline(never)]
    fn discard_slow(&self, object: Box<Node<T>>, why: DropReason) {
        self.raw.add_dropped(why);
        drop(object);
    }
}

impl<T, R: Recycler<T>> Engine<T, R> {
    /// Recycles an object, and keeps it or drops it.
    #[inline(always)]
    pub(crate) fn put(&self, object: Box<Node<T>>) {
        let Some(cache) = self.raw.enter_unchecked() else {
            return self.put_elsewhere_slow(object);
        };
        if let Some(object) = self.recycled(object)
            && !cache.push(object.cast())
        {
            self.put_slow(object, 0);
        }
    }

    /// Recycles an object; `None` if it was refused, and dropped.
    #[inline(always)]
    fn recycled(&self, object: Box<Node<T>>) -> Option<*mut Node<T>> {
        let mut guard = ReturnGuard::new(self, object);
        let keep = self.recycle.recycle(&mut guard.object.object);
        let object = guard.disarm();
        if !keep {
            self.discard_slow(object, DropReason::Refused);
            return None;
        }
        Some(Box::into_raw(object))
    }

    /// Pushes a recycled object that weighs `bytes` wherever there is room, or drops it; sweeps if it is
    /// due.
    #[cold]
    #[inline(never)]
    fn put_slow(&self, object: *mut Node<T>, bytes: usize) {
        // SAFETY: each caller made it from a box, and `raw` did not take it.
        unsafe { self.keep_or_discard(object, bytes) };
        self.sweep_if_due();
    }

    /// `put` on the sharded engine, before the first use, and if returns have to be checked.
    #[inline(never)]
    fn put_elsewhere_slow(&self, object: Box<Node<T>>) {
        if self.raw.checks_returns() {
            return self.put_checked(object);
        }
        if let Some(object) = self.recycled(object)
            && !self.raw.push_here(object.cast(), 0)
        {
            self.put_slow(object, 0);
        }
    }

    fn put_checked(&self, object: Box<Node<T>>) {
        let settings = self.raw.settings();
        let mut guard = ReturnGuard::new(self, object);
        let usable = self.may_use();
        let object = &mut guard.object.object;
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
        let mut object = guard.disarm();
        keep &= !self.raw.refuses_in_debug();
        if !keep {
            return self.discard_slow(object, DropReason::Refused);
        }
        if bytes > settings.max_object_bytes || self.is_outlier(bytes, used, object.weight) {
            return self.discard_slow(object, DropReason::Heavy);
        }
        if !usable {
            return self.discard_slow(object, DropReason::Fork);
        }
        object.weight = bytes;
        let object = Box::into_raw(object);
        if !self.raw.push_here(object.cast(), bytes) {
            self.put_slow(object, bytes);
        } else if self.raw.count_checked() {
            self.sweep_if_due();
        }
    }

    /// Whether an object is far heavier than recent demand. Adds this return to demand before: the bytes
    /// used of it, or its weight if it has grown since it was last weighed.
    fn is_outlier(&self, bytes: usize, used: Option<usize>, before: usize) -> bool {
        if !self.raw.settings().fade_outliers {
            return false;
        }
        let grown = if bytes > before { bytes } else { 0 };
        let wanted = used.unwrap_or(0).max(grown);
        self.raw.demand().is_some_and(|demand| {
            demand.record(wanted);
            bytes > demand.outlier_threshold()
        })
    }

    /// Bytes that an object weighs; 0 if neither pool nor type can tell.
    pub(crate) fn weigh(&self, object: &T) -> usize {
        match self.weigh {
            Some(weigh) => weigh(object),
            None => self.recycle.weight(object).unwrap_or(0),
        }
        .min(HEAVIEST)
    }

    /// Weighs an object that `create` has returned, if weights are used.
    pub(crate) fn weigh_new(&self, node: &mut Node<T>) {
        if !self.raw.settings().weighs_returns() {
            return;
        }
        node.weight = self.weigh(&node.object);
        if let Some(demand) = self.raw.demand() {
            demand.record_created(node.weight);
        }
    }
}

impl<T, R> Drop for Engine<T, R> {
    /// Drops every idle object; goes on with the rest if one's `Drop` panics. A second panic aborts, as in
    /// any unwinding.
    fn drop(&mut self) {
        struct Rest<'a>(&'a mut RawPool, fn(*mut ()));
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                self.0.drain_mut(&mut self.1);
            }
        }
        let mut rest = Rest(&mut self.raw, |object| {
            // SAFETY: as in `get`.
            drop(unsafe { Box::<Node<T>>::from_raw(object.cast()) });
        });
        rest.0.drain_mut(&mut rest.1);
    }
}
