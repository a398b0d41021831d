//! A hash table of chains in an arena. A node is added by one compare-and-swap and never removed.

use std::iter;
use std::sync::atomic::{AtomicU64, Ordering};

use super::arena::{Arena, NodeId};

/// A hash table whose heads are consecutive words of an arena: the ids of nodes, or 0.
///
/// The first word of a node has the id of the next one in its lower half. The upper half is the
/// node's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chains {
    pub(super) first: usize,
    pub(super) heads: usize,
}

impl Chains {
    /// The index of the word after the heads.
    pub(super) const fn end(self) -> usize {
        self.first + self.heads
    }

    fn heads(self, arena: &Arena) -> &[AtomicU64] {
        &arena.at(self.first as NodeId)[..self.heads]
    }

    /// Finds the node that `is` the one with this hash, or else links the one that `new` returns.
    /// `None` if `new` returns `None`, because there is no room.
    pub(super) fn find_or_add(
        self,
        arena: &Arena,
        hash: u64,
        is: impl Fn(&[AtomicU64]) -> bool,
        new: impl Fn() -> Option<NodeId>,
    ) -> Option<NodeId> {
        let head = &self.heads(arena)[hash as usize % self.heads];
        let mut first = head.load(Ordering::Acquire) as NodeId;
        let mut seen = 0;
        let mut added = None;
        loop {
            // Stops at the nodes that the previous round compared.
            let mut unseen = chain(arena, first).take_while(|place| *place != seen);
            if let Some(found) = unseen.find(|place| is(arena.at(*place))) {
                return Some(found);
            }
            seen = first;
            let place = match added {
                Some(place) => place,
                None => *added.insert(new()?),
            };
            link(arena.at(place), first);
            // Release: a thread that finds the node reads it complete.
            match head.compare_exchange(
                first.into(),
                place.into(),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return Some(place),
                Err(now) => first = now as NodeId,
            }
        }
    }

    /// The ids of all nodes.
    pub(super) fn nodes(self, arena: &Arena) -> impl Iterator<Item = NodeId> {
        let heads = self.heads(arena).iter();
        heads.flat_map(|head| chain(arena, head.load(Ordering::Acquire) as NodeId))
    }
}

/// The nodes of the chain that begins with `first`.
fn chain(arena: &Arena, first: NodeId) -> impl Iterator<Item = NodeId> {
    let next = |place: &NodeId| arena.at(*place)[0].load(Ordering::Relaxed) as NodeId;
    iter::successors(Some(first), move |place| Some(next(place))).take_while(|place| *place != 0)
}

/// Sets the next node. Called before this one is in a chain.
fn link(node: &[AtomicU64], next: NodeId) {
    let own = node[0].load(Ordering::Relaxed) >> 32 << 32;
    node[0].store(own | u64::from(next), Ordering::Relaxed);
}
