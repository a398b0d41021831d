//! The nodes of a store for the prefixes of stacks: how many objects of all stacks that share their
//! innermost frames are in use at once, over all threads and of one thread.
//!
//! A prefix is a frame and the prefix of the frames further in, its *parent*. So the nodes are a
//! tree: an object is counted at the node of its stack's longest prefix, and at all parents of it.
//!
//! Invariant of the counts of a thread: a word with a thread's number is that thread's until its
//! count is 0 and another thread takes it over. So an object is subtracted where it was added.

use std::sync::atomic::{AtomicU64, Ordering};

use super::arena::{Arena, NodeId};
use super::node::raise_to;
use crate::snapshot::{Frame, LivePeak};

/// A prefix, in the arena's words.
pub(super) struct PrefixNode<'a>(pub(super) &'a [AtomicU64]);

/// The number of threads that stands for more than have a count of their own.
const TOO_MANY: u32 = LivePeak::MAX_THREADS + 1;

impl<'a> PrefixNode<'a> {
    /// The next node of the chain, and the parent in the upper half.
    const LINK: usize = 0;
    const FRAME: usize = 1;
    const LIVE: usize = 2;
    const PEAK: usize = 3;
    const PEAK_OF_THREAD: usize = 4;
    /// The count of the first thread; those of others are in a chain.
    const FIRST: usize = 5;
    /// The chain of other threads' counts, and the number of threads in the upper half.
    const OTHERS: usize = 6;

    pub(super) const WORDS: usize = 7;

    /// Sets the fields that never change, except the link.
    pub(super) fn init(&self, parent: NodeId, frame: Frame) {
        self.0[Self::LINK].store(u64::from(parent) << 32, Ordering::Relaxed);
        self.0[Self::FRAME].store(frame.to_bits(), Ordering::Relaxed);
    }

    /// The prefix of one frame less; 0 if this one has one frame.
    pub(super) fn parent(&self) -> NodeId {
        (self.0[Self::LINK].load(Ordering::Relaxed) >> 32) as NodeId
    }

    pub(super) fn matches(&self, parent: NodeId, frame: Frame) -> bool {
        self.0[Self::FRAME].load(Ordering::Relaxed) == frame.to_bits() && self.parent() == parent
    }

    /// Counts an object that `thread` allocated. The arena may have `most` words in use.
    pub(super) fn add(&self, thread: u32, arena: &'a Arena, most: usize) {
        let live = self.0[Self::LIVE]
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_add(1);
        // Compared as signed: another thread may have subtracted an object before it is added here.
        if live as i64 > 0 {
            raise_to(&self.0[Self::PEAK], live);
        }
        if let Some(of_thread) = self.add_of_thread(thread, arena, most) {
            raise_to(&self.0[Self::PEAK_OF_THREAD], of_thread);
        }
    }

    /// Subtracts an object that [`add`](Self::add) counted.
    pub(super) fn subtract(&self, thread: u32, arena: &'a Arena) {
        self.0[Self::LIVE].fetch_sub(1, Ordering::Relaxed);
        if let Some(word) = self.words(arena).find(|word| is_of(word, thread)) {
            let less = |bits: u64| (bits as u32 > 0).then(|| bits - 1);
            let _ = word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
    }

    /// Adds an object to the count of a thread and returns the sum; `None` if there is no room.
    fn add_of_thread(&self, thread: u32, arena: &'a Arena, most: usize) -> Option<u64> {
        let order = Ordering::Relaxed;
        if let Some(word) = self.words(arena).find(|word| is_of(word, thread)) {
            // No other thread takes the word over meanwhile: that needs a count of 0, and fails if
            // the word has changed.
            let more = |bits: u64| ((bits >> 32) as u32 == thread).then(|| bits + 1);
            if let Ok(bits) = word.fetch_update(order, order, more) {
                return Some(u64::from(bits as u32) + 1);
            }
        }
        let first = u64::from(thread) << 32 | 1;
        if self.0[Self::FIRST]
            .compare_exchange(0, first, order, order)
            .is_ok()
        {
            let one = |bits: u64| Some(bits + (1 << 32));
            let _ = self.0[Self::OTHERS].fetch_update(order, order, one);
            return Some(1);
        }
        let mut others = self.others();
        let mut added = None;
        while others.1 < LivePeak::MAX_THREADS {
            let place = match added {
                Some(place) => place,
                None => match arena.take(OtherThread::WORDS, most) {
                    Some(place) => *added.insert(place),
                    None => break,
                },
            };
            OtherThread(arena.at(place)).init(first, others.0);
            match self.set_others(others, (place, others.1 + 1)) {
                Ok(()) => return Some(1),
                Err(now) => others = now,
            }
        }
        let taken_over = self.words(arena).any(|word| {
            let bits = word.load(order);
            bits as u32 == 0 && word.compare_exchange(bits, first, order, order).is_ok()
        });
        if taken_over {
            return Some(1);
        }
        while others.1 < TOO_MANY {
            match self.set_others(others, (others.0, TOO_MANY)) {
                Ok(()) => break,
                Err(now) => others = now,
            }
        }
        None
    }

    /// The words with the counts of threads.
    fn words(&self, arena: &'a Arena) -> impl Iterator<Item = &'a AtomicU64> + use<'a> {
        let mut place = self.others().0;
        let others = std::iter::from_fn(move || {
            let other = (place != 0).then(|| OtherThread(arena.at(place)))?;
            place = other.next();
            Some(&other.0[OtherThread::COUNT])
        });
        std::iter::once(&self.0[Self::FIRST]).chain(others)
    }

    fn others(&self) -> (NodeId, u32) {
        let bits = self.0[Self::OTHERS].load(Ordering::Acquire);
        (bits as NodeId, (bits >> 32) as u32)
    }

    /// Sets the chain and the number of threads, if they are still `was`; else returns what they are.
    fn set_others(&self, was: (NodeId, u32), new: (NodeId, u32)) -> Result<(), (NodeId, u32)> {
        let bits = |(place, count): (NodeId, u32)| u64::from(count) << 32 | u64::from(place);
        // Release: a thread that finds the chain reads its nodes complete.
        self.0[Self::OTHERS]
            .compare_exchange(bits(was), bits(new), Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
            .map_err(|bits| (bits as NodeId, (bits >> 32) as u32))
    }

    pub(super) fn peak(&self) -> LivePeak {
        let field = |field: usize| self.0[field].load(Ordering::Relaxed);
        let (objects, threads) = (field(Self::PEAK), self.others().1);
        LivePeak {
            objects,
            // An upper bound, if the objects of some thread were not counted.
            objects_of_thread: if threads >= TOO_MANY {
                objects
            } else {
                field(Self::PEAK_OF_THREAD)
            },
            threads: threads.min(LivePeak::MAX_THREADS),
        }
    }
}

/// Whether a word is the count of this thread.
fn is_of(word: &AtomicU64, thread: u32) -> bool {
    (word.load(Ordering::Relaxed) >> 32) as u32 == thread
}

/// The count of a further thread: the thread's number in the upper half, its objects in the lower.
struct OtherThread<'a>(&'a [AtomicU64]);

impl OtherThread<'_> {
    const COUNT: usize = 0;
    const NEXT: usize = 1;
    const WORDS: usize = 2;

    fn init(&self, count: u64, next: NodeId) {
        self.0[Self::COUNT].store(count, Ordering::Relaxed);
        self.0[Self::NEXT].store(u64::from(next), Ordering::Relaxed);
    }

    fn next(&self) -> NodeId {
        self.0[Self::NEXT].load(Ordering::Relaxed) as NodeId
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An arena with one prefix, of which no word is in use but those of the prefix.
    fn arena() -> Arena {
        let arena = Arena::new(1 << 16, 1).expect("there is memory");
        assert_eq!(arena.take(PrefixNode::WORDS, usize::MAX), Some(1));
        arena
    }

    fn peak(objects: u64, objects_of_thread: u64, threads: u32) -> LivePeak {
        LivePeak {
            objects,
            objects_of_thread,
            threads,
        }
    }

    #[test]
    fn a_peak_is_over_all_threads_and_of_one() {
        let arena = arena();
        let node = PrefixNode(arena.at(1));
        let (add, subtract) = (
            |thread| node.add(thread, &arena, usize::MAX),
            |thread| node.subtract(thread, &arena),
        );
        assert_eq!(node.peak(), peak(0, 0, 0));
        for thread in [7, 9, 4] {
            add(thread);
        }
        assert_eq!(node.peak(), peak(3, 1, 3));
        [7, 9, 4].into_iter().for_each(subtract);
        for _ in 0..1000 {
            add(9);
            subtract(9);
        }
        assert_eq!(node.peak(), peak(3, 1, 3));
        add(9);
        add(9);
        assert_eq!(node.peak(), peak(3, 2, 3));
    }

    /// A program with a thread for each request.
    #[test]
    fn threads_that_have_no_objects_give_way() {
        let arena = arena();
        let node = PrefixNode(arena.at(1));
        for thread in 1..=1000 {
            node.add(thread, &arena, usize::MAX);
            node.subtract(thread, &arena);
        }
        assert_eq!(node.peak(), peak(1, 1, LivePeak::MAX_THREADS));
        node.add(1001, &arena, usize::MAX);
        node.add(1001, &arena, usize::MAX);
        assert_eq!(node.peak(), peak(2, 2, LivePeak::MAX_THREADS));
    }

    #[test]
    fn what_is_not_counted_for_its_thread_makes_the_peak_an_upper_bound() {
        let arena = arena();
        let node = PrefixNode(arena.at(1));
        for thread in 1..=LivePeak::MAX_THREADS + 1 {
            node.add(thread, &arena, usize::MAX);
        }
        assert_eq!(node.peak(), peak(17, 17, LivePeak::MAX_THREADS));
        // Objects that were not counted for their thread are not subtracted from another.
        node.subtract(LivePeak::MAX_THREADS + 1, &arena);
        node.add(1, &arena, usize::MAX);
        assert_eq!(node.peak(), peak(17, 17, LivePeak::MAX_THREADS));

        let full = self::arena();
        let node = PrefixNode(full.at(1));
        for thread in [1, 2, 2] {
            node.add(thread, &full, 0);
        }
        assert_eq!(node.peak(), peak(3, 3, LivePeak::MAX_THREADS));
    }

    #[test]
    fn threads_count_at_the_same_time() {
        let arena = arena();
        std::thread::scope(|scope| {
            for thread in 1..=4 {
                let arena = &arena;
                scope.spawn(move || {
                    let node = PrefixNode(arena.at(1));
                    for _ in 0..50_000 {
                        node.add(thread, arena, usize::MAX);
                        node.add(thread, arena, usize::MAX);
                        node.subtract(thread, arena);
                        node.subtract(thread, arena);
                    }
                });
            }
        });
        let found = PrefixNode(arena.at(1)).peak();
        assert_eq!((found.objects_of_thread, found.threads), (2, 4));
        assert!((2..=8).contains(&found.objects), "{found:?}");
        assert_eq!(arena.at(1)[PrefixNode::LIVE].load(Ordering::Relaxed), 0);
    }
}
