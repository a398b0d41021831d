use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::pages::Pages;

/// Room for records that are never freed one by one; given out by moving a mark.
///
/// The whole range of addresses is reserved at once, and takes memory page by page as it is
/// written, so a place is a number of 32 bits and nothing ever moves.
#[derive(Debug)]
pub(super) struct Arena {
    words: Pages,
    used: AtomicUsize,
}

/// A place in an arena.
pub(super) type NodeId = u32;

impl Arena {
    /// Reserves addresses for `words` words, or for a half, a quarter … where the system does not
    /// have so many. The first `taken` are in use.
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

    /// Zeroed words of one's own, unless more than `most` would be in use.
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
