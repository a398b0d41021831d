//! The caches of a pool on whichever engine it runs: one type, so that the code above is compiled once.

use super::rseq::RseqView;
use super::sharded::ShardedView;
use super::{Busy, CpuCache, Cpus, DrainSink, MagazineSlot, Patience, PopError, Search};
use crate::depot::magazine::Magazine;

/// The caches of one pool as the calling thread sees them, on either engine.
pub(crate) enum CpusView<'a> {
    Rseq(RseqView<'a>),
    Sharded(ShardedView<'a>),
}

/// Each method that the engines write themselves is theirs; the others follow from those.
impl Cpus for CpusView<'_> {
    #[inline(always)]
    fn pop(&self) -> *mut () {
        match self {
            Self::Rseq(view) => view.pop(),
            Self::Sharded(view) => view.pop(),
        }
    }

    #[inline(always)]
    fn push(&self, object: *mut ()) -> bool {
        match self {
            Self::Rseq(view) => view.push(object),
            Self::Sharded(view) => view.push(object),
        }
    }

    #[inline]
    fn swap(&self, slot: MagazineSlot, new: *mut Magazine) -> Result<*mut Magazine, Busy> {
        match self {
            Self::Rseq(view) => view.swap(slot, new),
            Self::Sharded(view) => view.swap(slot, new),
        }
    }

    fn steal(&self, search: Search, sink: &mut dyn DrainSink) -> Result<(), PopError> {
        match self {
            Self::Rseq(view) => view.steal(search, sink),
            Self::Sharded(view) => view.steal(search, sink),
        }
    }

    fn drain_all(&self, patience: Patience, sink: &mut dyn DrainSink) {
        match self {
            Self::Rseq(view) => view.drain_all(patience, sink),
            Self::Sharded(view) => view.drain_all(patience, sink),
        }
    }

    fn drain_for_sweep(
        &self,
        patience: Patience,
        sink: &mut dyn DrainSink,
        unused: &mut dyn DrainSink,
    ) {
        match self {
            Self::Rseq(view) => view.drain_for_sweep(patience, sink, unused),
            Self::Sharded(view) => view.drain_for_sweep(patience, sink, unused),
        }
    }

    fn is_asked(&self) -> bool {
        match self {
            Self::Rseq(view) => view.is_asked(),
            Self::Sharded(view) => view.is_asked(),
        }
    }

    fn answer(&self, sink: &mut dyn DrainSink) {
        match self {
            Self::Rseq(view) => view.answer(sink),
            Self::Sharded(view) => view.answer(sink),
        }
    }

    unsafe fn drain_all_alone(&self, sink: &mut dyn DrainSink) {
        match self {
            // SAFETY: the caller's promise is the same.
            Self::Rseq(view) => unsafe { view.drain_all_alone(sink) },
            // SAFETY: the caller's promise is the same.
            Self::Sharded(view) => unsafe { view.drain_all_alone(sink) },
        }
    }

    fn trim(
        &self,
        patience: Patience,
        sink: &mut dyn DrainSink,
        drops: Option<&dyn Fn(*mut ()) -> bool>,
    ) {
        match self {
            Self::Rseq(view) => view.trim(patience, sink, drops),
            Self::Sharded(view) => view.trim(patience, sink, drops),
        }
    }

    fn reset_after_fork(&self) {
        match self {
            Self::Rseq(view) => view.reset_after_fork(),
            Self::Sharded(view) => view.reset_after_fork(),
        }
    }

    #[inline]
    fn is_stopped(&self) -> bool {
        match self {
            Self::Rseq(view) => view.is_stopped(),
            Self::Sharded(view) => view.is_stopped(),
        }
    }

    #[inline]
    fn count(&self) -> usize {
        match self {
            Self::Rseq(view) => view.count(),
            Self::Sharded(view) => view.count(),
        }
    }

    #[inline]
    fn cache(&self, number: usize) -> &CpuCache {
        match self {
            Self::Rseq(view) => view.cache(number),
            Self::Sharded(view) => view.cache(number),
        }
    }

    #[inline]
    fn here(&self) -> usize {
        match self {
            Self::Rseq(view) => view.here(),
            Self::Sharded(view) => view.here(),
        }
    }
}
