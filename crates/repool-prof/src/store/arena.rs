//! The memory of a store: a bump arena in one mapping, whose nodes are named by 32-bit numbers.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::pages::Pages;

/// A bump arena: nodes are allocated by raising `used`, and freed together with the arena.
///
/// The whole range of addresses is mapped at once and takes memory page by page when it is written.
/// So a node never moves, and an index of 32 bits names it.
#[derive(Debug)]
pub(super) struct Arena {
    words: Pages,
    used: AtomicUsize,
}

/// The index of a node's first word in its arena.
pub(super) type NodeId = u32;

impl Arena {
    /// Maps `words` words, or a half, a quarter and so on if the system refuses as many. The first
    /// `taken` are in use.
    pub(super) fn new(words: usize, taken: usize) -> io::Result<Self> {
        let mut words = words.min(NodeId::MAX as usize);
        loop {
            match Pages::new(words) {
                Ok(words) => {
                    return Ok(Self {
                        words,
                        used: AtomicUsize::new(taken),
                    });
                }
                Err(error) if words / 2 < 2 * taken => return Err(error),
                Err(_) => words /= 2,
            }
        }
    }

    /// Allocates zeroed words; `None` if more than `most` words would be in use.
    pub(super) fn take(&self, words: usize, most: usize) -> Option<NodeId> {
        let most = most.min(self.words.len());
        let place = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                (used + words <= most).then_some(used + words)
            })
            .ok()?;
        Some(place as NodeId)
    }

    pub(super) fn at(&self, place: NodeId) -> &[AtomicU64] {
        &self.words[place as usize..]
    }

    /// Words in use.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}
