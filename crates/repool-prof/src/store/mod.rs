//! What a profiler has seen: stacks, and what each allocated.
//!
//! Stacks are found by the hash of their frames, in chains that only grow; a stack's sizes are a
//! chain of its own, as Go's runtime has one record for each stack and size. Everything is added by
//! one compare-and-swap and never taken away, so that whoever is stopped in the middle, by a
//! signal, a fork or for good, is in nobody's way. Counts are relaxed: each is right by itself.

mod arena;
mod encoded_stack;
mod node;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arena::{Arena, NodeId};
use encoded_stack::EncodedStack;
use node::{RecordNode, StackNode, raise_to};

use crate::snapshot::{Frame, Stack, StackKind};

/// Chains of stacks.
const CHAINS: usize = 1 << 13;

/// Sizes that a stack keeps apart. The first ones it meets are samples of all of them; the others
/// share a record.
const SIZES: u32 = 32;

/// No profiler takes more for its tables unless told so.
const MOST: usize = 256 << 20;

/// What the tables may take whatever the program's size: 2 MiB are promised, and the filter and the
/// unwinder have some of them.
const BASE: usize = (2 << 20) - (512 << 10);

/// The share of the program's live memory that the tables may take beside `BASE`: one in so many.
const SHARE: u64 = 100;

/// Where a sampled block is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) stack: NodeId,
    pub(crate) record: NodeId,
}

#[derive(Debug)]
pub(crate) struct Store {
    arena: Arena,
    rate: u64,
    /// As the user set it.
    limit: Option<usize>,
    /// Where stacks go for which there is no room.
    overflow: Site,
    /// Bytes that the whole program allocated, as estimated: the clock of blocks that are freed by
    /// another thread.
    allocated: AtomicU64,
    /// Bytes in use, as estimated.
    live: AtomicU64,
    peak_live: AtomicU64,
    /// Sampled blocks whose end will not be seen.
    lost: AtomicU64,
}

impl Store {
    /// Its tables reserve `room` bytes of address space at most.
    pub(crate) fn new(rate: u64, limit: Option<usize>, room: u64) -> io::Result<Self> {
        let overflow = (
            StackNode::words(&EncodedStack::new(&[])),
            RecordNode::words(0),
        );
        let fixed = CHAINS + overflow.0 + overflow.1;
        let most = usize::try_from(room).unwrap_or(usize::MAX);
        let words = (limit.unwrap_or(MOST).min(most) / size_of::<u64>()).max(fixed);
        let site = Site {
            stack: CHAINS as NodeId,
            record: (CHAINS + overflow.0) as NodeId,
        };
        let store = Self {
            arena: Arena::new(words, fixed)?,
            rate,
            limit,
            overflow: site,
            allocated: AtomicU64::new(0),
            live: AtomicU64::new(0),
            peak_live: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        };
        let added = store.stack(site.stack).add_record((0, 0), site.record);
        added.expect("nobody else knows the store yet");
        Ok(store)
    }

    fn stack(&self, place: NodeId) -> StackNode<'_> {
        StackNode(self.arena.at(place))
    }

    fn record(&self, place: NodeId) -> RecordNode<'_> {
        RecordNode(self.arena.at(place))
    }

    pub(crate) fn rate(&self) -> u64 {
        self.rate
    }

    /// Bytes that the tables may take: what the user said, or [`BASE`] and a share of the most that
    /// was in use.
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or_else(|| {
            let share = self.peak_live.load(Ordering::Relaxed) / SHARE;
            usize::try_from(share)
                .unwrap_or(MOST)
                .saturating_add(BASE)
                .min(MOST)
        })
    }

    /// Bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.arena.used() * size_of::<u64>()
    }

    /// Bytes that the program allocated since the store was made, as estimated.
    pub(crate) fn allocated(&self) -> u64 {
        self.allocated.load(Ordering::Relaxed)
    }

    /// Counts a sampled block of `size` bytes that came to life with this stack, `grown` if by a
    /// resize of another block, while other tables take `others` bytes.
    pub(crate) fn record_alloc(
        &self,
        frames: &[Frame],
        size: u64,
        grown: bool,
        others: usize,
    ) -> Site {
        let most = self.limit().saturating_sub(others) / size_of::<u64>();
        let site = self.site(frames, size, most).unwrap_or(self.overflow);
        let record = self.record(site.record);
        let weight = record.weight(size, self.rate);
        record.record_alloc(weight, grown);
        self.stack(site.stack).record_alloc(grown);
        self.allocated.fetch_add(weight.bytes, Ordering::Relaxed);
        let live = self
            .live
            .fetch_add(weight.bytes, Ordering::Relaxed)
            .wrapping_add(weight.bytes);
        // As signed: a block's end may be counted before its begin is.
        if live as i64 > 0 {
            raise_to(&self.peak_live, live);
        }
        site
    }

    /// Counts the end of a block that [`born`](Store::born) counted; where it was freed, and after
    /// how many nanoseconds and bytes.
    pub(crate) fn record_free(
        &self,
        site: Site,
        size: u64,
        elsewhere: bool,
        time: u64,
        bytes: u64,
    ) {
        self.subtract_live(site, size);
        self.stack(site.stack).record_free(elsewhere, time, bytes);
    }

    /// There was no room to remember a block that [`born`](Store::born) counted, so its end will not
    /// be seen. It counts as allocated, but not as in use, for that it would be for ever.
    pub(crate) fn record_lost(&self, site: Site, size: u64, grown: bool) {
        self.subtract_live(site, size);
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.stack(site.stack).undo_alloc(grown);
    }

    /// Takes a block away from what is in use.
    fn subtract_live(&self, site: Site, size: u64) {
        let record = self.record(site.record);
        let weight = record.weight(size, self.rate);
        record.record_free(weight);
        self.live.fetch_sub(weight.bytes, Ordering::Relaxed);
    }

    /// Sampled blocks that [`lose`](Store::lose) counted.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn site(&self, frames: &[Frame], size: u64, most: usize) -> Option<Site> {
        let code = EncodedStack::new(frames);
        let stack = self.find_or_add_stack(&code, most)?;
        let record = self.find_or_add_record(stack, size, most)?;
        Some(Site { stack, record })
    }

    fn find_or_add_stack(&self, code: &EncodedStack, most: usize) -> Option<NodeId> {
        let hash = code.hash();
        let head = &self.arena.at(0)[hash as usize % CHAINS];
        let mut first = head.load(Ordering::Acquire);
        let mut seen = 0;
        let mut added = None;
        loop {
            let mut place = first as NodeId;
            // What was seen the last time round need not be looked at again.
            while place != seen {
                let stack = self.stack(place);
                if stack.is(hash, code) {
                    return Some(place);
                }
                place = stack.next();
            }
            seen = first as NodeId;
            let place = match added {
                Some(place) => place,
                None => {
                    let place = self.arena.take(StackNode::words(code), most)?;
                    self.stack(place).begin(hash, code);
                    *added.insert(place)
                }
            };
            self.stack(place).link(first as NodeId);
            // Release: who finds the stack finds it whole.
            match head.compare_exchange(first, place.into(), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(place),
                Err(now) => first = now,
            }
        }
    }

    fn find_or_add_record(&self, stack: NodeId, size: u64, most: usize) -> Option<NodeId> {
        let stack = self.stack(stack);
        let mut records = stack.records();
        let mut added = None;
        loop {
            let mut mixed = None;
            let mut place = records.0;
            while place != 0 {
                let record = self.record(place);
                match record.size() {
                    0 => mixed = Some(place),
                    of if of == size => return Some(place),
                    _ => {}
                }
                place = record.next();
            }
            if mixed.is_some() {
                return mixed;
            }
            let own = if records.1 < SIZES { size } else { 0 };
            let place = match added {
                Some((place, for_size)) if for_size == own => place,
                _ => self.arena.take(RecordNode::words(own), most)?,
            };
            added = Some((place, own));
            let record = self.record(place);
            record.begin(own, self.rate);
            record.link(records.0);
            match stack.add_record(records, place) {
                Ok(()) => return Some(place),
                Err(now) => records = now,
            }
        }
    }

    /// A copy of all that is known.
    pub(crate) fn stacks(&self) -> Vec<Stack> {
        let mut stacks = Vec::new();
        for head in &self.arena.at(0)[..CHAINS] {
            let mut place = head.load(Ordering::Acquire) as NodeId;
            while place != 0 {
                stacks.push(self.copy(place, StackKind::Known));
                place = self.stack(place).next();
            }
        }
        stacks.push(self.copy(self.overflow.stack, StackKind::Overflow));
        stacks.retain(|stack| !stack.records.is_empty());
        stacks
    }

    fn copy(&self, key: NodeId, kind: StackKind) -> Stack {
        let stack = self.stack(key);
        let mut records = Vec::new();
        let mut place = stack.records().0;
        while place != 0 {
            let record = self.record(place);
            records.push(record.record());
            place = record.next();
        }
        records.retain(|record| record.alloc_objects > 0);
        records.sort_unstable_by_key(|record| record.size);
        Stack {
            key,
            kind,
            frames: Arc::from(stack.frames()),
            records,
            lifetimes: stack.lifetimes(),
        }
    }
}
