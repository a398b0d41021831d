//! The tables of one profiler: stacks, and a record for each stack and size, as in Go's runtime.
//!
//! A hash table of chains that only grow: stacks are found by the hash of their frames
//! (`encoded_stack`), and each stack has a chain of records, one for each size. Both are nodes
//! (`node`) in one `arena`. A node is added by one compare-and-swap and never removed, so a thread
//! that stops anywhere, in a signal handler, in a fork or for good, blocks no other thread. Counts
//! are relaxed: each is exact by itself, and a copy of several need not be of one moment.
//!
//! `lifecycle` records into it while it holds a `session`'s guard.

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

/// Chains of the hash table: 64 KiB of heads.
const CHAINS: usize = 1 << 13;

/// Records of different sizes that a stack has at most. The sizes that a stack allocates first get
/// one each; all later ones share a record.
const SIZES: u32 = 32;

/// The most bytes of the tables, unless the user sets a limit.
const MOST: usize = 256 << 20;

/// Bytes that the tables may take for any program. The profiler promises 2 MiB in all, of which
/// 512 KiB are for the filter and the unwinder.
const BASE: usize = (2 << 20) - (512 << 10);

/// The tables may take `BASE` and 1/`SHARE` of the program's peak live memory.
const SHARE: u64 = 100;

/// The two nodes that count a sampled block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) stack: NodeId,
    pub(crate) record: NodeId,
}

/// The tables of one profiler. The first [`CHAINS`] words of the arena are the heads of the chains.
#[derive(Debug)]
pub(crate) struct Store {
    arena: Arena,
    rate: u64,
    /// The limit in bytes that the user set.
    limit: Option<usize>,
    /// The nodes that count blocks for whose stack or size there is no room.
    overflow: Site,
    /// Estimate of the bytes that the whole program allocated: the clock for blocks that another
    /// thread frees.
    allocated: AtomicU64,
    /// Estimate of the bytes in use. May be below 0 for a moment, as a signed number.
    live: AtomicU64,
    /// The highest value of `live`.
    peak_live: AtomicU64,
    /// Sampled blocks whose free will not be seen.
    lost: AtomicU64,
}

impl Store {
    /// A store whose tables reserve at most `room` bytes of address space.
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
        added.expect("no other thread has the store yet");
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

    /// The most bytes that the tables may take: what the user set, or [`BASE`] and a share of the
    /// peak live memory.
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or_else(|| {
            let share = self.peak_live.load(Ordering::Relaxed) / SHARE;
            usize::try_from(share)
                .unwrap_or(MOST)
                .saturating_add(BASE)
                .min(MOST)
        })
    }

    /// Bytes that the tables take.
    pub(crate) fn memory(&self) -> usize {
        self.arena.used() * size_of::<u64>()
    }

    /// Estimate of the bytes that the program allocated since the store was made.
    pub(crate) fn allocated(&self) -> u64 {
        self.allocated.load(Ordering::Relaxed)
    }

    /// Counts the allocation of a sampled block of `size` bytes at this stack, `grown` if by a
    /// resize of another block. `others` is how many bytes of the limit other tables take.
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
        // Compared as signed: another thread may have counted the free of a block before its
        // allocation is counted here.
        if live as i64 > 0 {
            raise_to(&self.peak_live, live);
        }
        site
    }

    /// Counts the free of a block that [`record_alloc`](Store::record_alloc) counted: `elsewhere` if
    /// on another thread, after `time` nanoseconds and `bytes` allocated meanwhile.
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

    /// Counts a block as lost that [`record_alloc`](Store::record_alloc) counted: the table of live
    /// blocks was full, so that its free will not be seen. It stays counted as allocated, and is
    /// subtracted from what is in use, where it would stay for ever.
    pub(crate) fn record_lost(&self, site: Site, size: u64, grown: bool) {
        self.subtract_live(site, size);
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.stack(site.stack).undo_alloc(grown);
    }

    /// Subtracts a block from what is in use.
    fn subtract_live(&self, site: Site, size: u64) {
        let record = self.record(site.record);
        let weight = record.weight(size, self.rate);
        record.record_free(weight);
        self.live.fetch_sub(weight.bytes, Ordering::Relaxed);
    }

    /// Sampled blocks that [`record_lost`](Store::record_lost) counted.
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
            // Stops at the nodes that the previous round compared.
            while place != seen {
                let stack = self.stack(place);
                if stack.matches(hash, code) {
                    return Some(place);
                }
                place = stack.next();
            }
            seen = first as NodeId;
            let place = match added {
                Some(place) => place,
                None => {
                    let place = self.arena.take(StackNode::words(code), most)?;
                    self.stack(place).init(hash, code);
                    *added.insert(place)
                }
            };
            self.stack(place).link(first as NodeId);
            // Release: a thread that finds the stack reads it complete.
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
            record.init(own, self.rate);
            record.link(records.0);
            match stack.add_record(records, place) {
                Ok(()) => return Some(place),
                Err(now) => records = now,
            }
        }
    }

    /// A copy of all stacks that allocated.
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
