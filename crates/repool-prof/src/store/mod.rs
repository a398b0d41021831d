//! The tables of one profiler: stacks, and a record for each stack and size, as in Go's runtime.
//!
//! Hash tables of chains that only grow (`chains`): stacks are found by the hash of their frames
//! (`encoded_stack`), and each stack has a chain of records, one for each size. Stacks share the
//! counts of their innermost frames (`prefix`). All are nodes (`node`) in one `arena`. A node is
//! added by one compare-and-swap and never removed, so a thread that stops anywhere, in a signal
//! handler, in a fork or for good, blocks no other thread. Counts are relaxed: each is exact by
//! itself, and a copy of several need not be of one moment.
//!
//! `lifecycle` records into it while it holds a `session`'s guard.

mod arena;
mod chains;
mod encoded_stack;
mod event;
mod histogram;
mod limits;
mod node;
mod prefix;
#[cfg(test)]
mod tests;

use std::io;
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arena::{Arena, NodeId};
use chains::Chains;
use encoded_stack::EncodedStack;
pub(crate) use event::{AllocCall, Free, Object, Request, Site};
use limits::{Limits, MAX_STACKS};
use node::{RecordNode, StackNode, raise_to};
use prefix::PrefixNode;

use crate::snapshot::{Frame, Prefix, Stack, StackKind};
use crate::{hook_functions, sampler};

/// The table of stacks: 64 KiB of heads.
const STACKS: Chains = Chains {
    first: 0,
    heads: 1 << 13,
};

/// The table of prefixes: 16 KiB of heads.
const PREFIXES: Chains = Chains {
    first: STACKS.end(),
    heads: 1 << 11,
};

/// Records of different sizes that a stack has at most. The sizes that a stack allocates first get
/// one each; all later ones share a record.
const SIZES: u32 = 32;

/// Prefixes of a stack that are counted at most, each one frame longer than the one before. The
/// first has one frame that is not the allocator's hook.
const MAX_PREFIXES: usize = 8;

/// The tables of one profiler. The arena begins with the heads of the two hash tables.
#[derive(Debug)]
pub(crate) struct Store {
    arena: Arena,
    rate: u64,
    limits: Limits,
    /// The nodes that count blocks for whose stack or size there is no room.
    overflow: Site,
    /// Estimate of the bytes that the whole program allocated: the clock for blocks that another
    /// thread frees.
    allocated: AtomicU64,
    /// Estimate of the bytes in use. May be below 0 for a moment, as a signed number.
    live: AtomicU64,
    /// The highest value of `live`.
    peak_live: AtomicU64,
    /// Sampled blocks that could not be followed.
    lost: AtomicU64,
}

impl Store {
    /// A store whose tables reserve at most `room` bytes of address space, with the table of blocks.
    pub(crate) fn new(rate: u64, limit: Option<usize>, room: u64) -> io::Result<Self> {
        let overflow = (
            StackNode::words(&EncodedStack::new(&[])),
            RecordNode::words(0),
        );
        let heads = PREFIXES.end();
        let fixed = heads + overflow.0 + overflow.1;
        let room = match usize::try_from(room) {
            Ok(usize::MAX) | Err(_) => usize::MAX,
            Ok(room) => room / 2,
        };
        let words = (limit.unwrap_or(MAX_STACKS).min(room) / size_of::<u64>()).max(fixed);
        let site = Site {
            stack: heads as NodeId,
            record: (heads + overflow.0) as NodeId,
        };
        let store = Self {
            arena: Arena::new(words, fixed)?,
            rate,
            limits: Limits { user: limit, room },
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

    fn prefix(&self, place: NodeId) -> PrefixNode<'_> {
        PrefixNode(self.arena.at(place))
    }

    fn peak_live(&self) -> u64 {
        self.peak_live.load(Ordering::Relaxed)
    }

    /// The most bytes that the tables may take while that of blocks takes `blocks`.
    pub(crate) fn limit(&self, blocks: usize) -> usize {
        self.limits.total(self.peak_live(), blocks)
    }

    /// The most bytes that the table of blocks may take.
    pub(crate) fn limit_of_blocks(&self) -> usize {
        self.limits.blocks(self.peak_live(), self.memory())
    }

    /// The most words of the arena while the table of blocks takes `blocks` bytes.
    fn most_words(&self, blocks: usize) -> usize {
        self.limits.stacks(self.peak_live(), blocks) / size_of::<u64>()
    }

    /// Bytes that the tables of stacks take.
    pub(crate) fn memory(&self) -> usize {
        self.arena.used() * size_of::<u64>()
    }

    /// Estimate of the bytes that the program allocated since the store was made.
    pub(crate) fn allocated(&self) -> u64 {
        self.allocated.load(Ordering::Relaxed)
    }

    /// [`allocated`](Store::allocated), and a sampled block that is not counted yet.
    pub(crate) fn allocated_with(&self, site: Site, size: u64) -> u64 {
        let weight = self.record(site.record).weight(size, self.rate);
        self.allocated().wrapping_add(weight.bytes)
    }

    /// Finds or adds the nodes for a sampled block of `size` bytes at this stack, while the table of
    /// blocks takes `blocks` bytes.
    pub(crate) fn site(&self, frames: &[Frame], size: u64, blocks: usize) -> Site {
        let most = self.most_words(blocks);
        let code = EncodedStack::new(frames);
        let found = || {
            let stack = self.find_or_add_stack(&code, frames, most)?;
            let record = self.find_or_add_record(stack, size, most)?;
            Some(Site { stack, record })
        };
        found().unwrap_or(self.overflow)
    }

    /// Counts the allocation of a sampled block, while the table of blocks takes `blocks` bytes.
    pub(crate) fn record_alloc(
        &self,
        site: Site,
        request: &Request,
        object: Object,
        blocks: usize,
    ) {
        let weight_bytes = self.record_request(site, request);
        let stack = self.stack(site.stack);
        stack.record_alloc(request.call);
        if request.call == AllocCall::Realloc && object.origin != site.stack {
            stack.record_origin(object.origin);
        }
        let live = self.live.fetch_add(weight_bytes, Ordering::Relaxed);
        let live = live.wrapping_add(weight_bytes);
        // Compared as signed: another thread may have counted the free of a block before its
        // allocation is counted here.
        if live as i64 > 0 {
            raise_to(&self.peak_live, live);
        }
        let most = self.most_words(blocks);
        for prefix in self.prefixes(object.origin) {
            prefix.add(object.thread, &self.arena, most);
        }
    }

    /// Counts a block as allocated. Returns its weight in bytes.
    fn record_request(&self, site: Site, request: &Request) -> u64 {
        let record = self.record(site.record);
        let weight = record.weight(request.size, self.rate);
        record.record_alloc(weight, request.call);
        self.stack(site.stack).record_alignment(request.alignment);
        self.allocated.fetch_add(weight.bytes, Ordering::Relaxed);
        weight.bytes
    }

    /// Counts the free of a block that [`record_alloc`](Store::record_alloc) counted.
    pub(crate) fn record_free(
        &self,
        site: Site,
        size: u64,
        object: Object,
        free: &Free,
        blocks: usize,
    ) {
        self.subtract_live(site, size, object);
        let most = self.most_words(blocks);
        self.stack(site.stack).record_free(free, &self.arena, most);
    }

    /// Counts a sampled block as lost: the table of blocks is full, so that its free will not be
    /// seen. It counts as allocated, and not as in use, where it would stay for ever.
    pub(crate) fn record_lost(&self, site: Site, request: &Request) {
        self.record_request(site, request);
        let record = self.record(site.record);
        record.record_free(record.weight(request.size, self.rate));
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.stack(site.stack).record_lost();
    }

    /// Counts a block as lost that [`record_alloc`](Store::record_alloc) counted.
    pub(crate) fn record_lost_later(&self, site: Site, size: u64, object: Object) {
        self.subtract_live(site, size, object);
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.stack(site.stack).undo_alloc();
        self.stack(site.stack).record_lost();
    }

    /// Subtracts a block from what is in use.
    fn subtract_live(&self, site: Site, size: u64, object: Object) {
        let record = self.record(site.record);
        let weight = record.weight(size, self.rate);
        record.record_free(weight);
        self.live.fetch_sub(weight.bytes, Ordering::Relaxed);
        for prefix in self.prefixes(object.origin) {
            prefix.subtract(object.thread, &self.arena);
        }
    }

    /// Sampled blocks that could not be followed.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The prefixes of a stack that are counted, the longest first.
    fn prefixes(&self, stack: NodeId) -> impl Iterator<Item = PrefixNode<'_>> {
        self.prefix_ids(stack).map(|place| self.prefix(place))
    }

    fn prefix_ids(&self, stack: NodeId) -> impl Iterator<Item = NodeId> {
        let longest = Some(self.stack(stack).prefix());
        iter::successors(longest, |place| Some(self.prefix(*place).parent()))
            .take_while(|place| *place != 0)
    }

    fn find_or_add_stack(
        &self,
        code: &EncodedStack,
        frames: &[Frame],
        most: usize,
    ) -> Option<NodeId> {
        let hash = code.hash();
        let add = || {
            let prefix = self.find_or_add_prefixes(frames, most)?;
            let place = self.arena.take(StackNode::words(code), most)?;
            self.stack(place).init(hash, code, prefix);
            Some(place)
        };
        STACKS.find_or_add(
            &self.arena,
            hash,
            |node| StackNode(node).matches(hash, code),
            add,
        )
    }

    /// Finds or adds the prefixes of a stack that are counted. Returns the longest, or 0 if there
    /// are none.
    fn find_or_add_prefixes(&self, frames: &[Frame], most: usize) -> Option<NodeId> {
        let mut frames = frames[hook_functions::leading(frames)..]
            .iter()
            .take(MAX_PREFIXES);
        frames.try_fold(0, |parent, frame| {
            let add = || {
                let place = self.arena.take(PrefixNode::WORDS, most)?;
                self.prefix(place).init(parent, *frame);
                Some(place)
            };
            let is = |node: &[AtomicU64]| PrefixNode(node).matches(parent, *frame);
            let hash = sampler::mix(frame.to_bits() ^ u64::from(parent) << 32);
            PREFIXES.find_or_add(&self.arena, hash, is, add)
        })
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
        let mut stacks: Vec<Stack> = STACKS
            .nodes(&self.arena)
            .map(|place| self.copy(place, StackKind::Known))
            .collect();
        stacks.push(self.copy(self.overflow.stack, StackKind::Overflow));
        stacks.retain(|stack| !stack.records.is_empty());
        stacks
    }

    fn copy(&self, key: NodeId, kind: StackKind) -> Stack {
        let stack = self.stack(key);
        let frames: Arc<[Frame]> = Arc::from(stack.frames());
        let mut prefixes: Vec<Prefix> = self
            .prefix_ids(key)
            .map(|key| Prefix {
                key,
                peak: self.prefix(key).peak(),
            })
            .collect();
        prefixes.reverse();
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
            hooks: hook_functions::leading(&frames),
            frames,
            records,
            lifetimes: stack.lifetimes(&self.arena),
            prefixes,
            origins: stack.origins(),
        }
    }
}
