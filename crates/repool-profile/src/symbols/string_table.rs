//! Interns the names and paths of the symbols' cache.

use std::collections::HashSet;
use std::sync::Arc;

/// An interner of names and paths, each of which is held once.
#[derive(Debug, Default)]
pub(super) struct StringTable {
    held: HashSet<Arc<str>>,
    bytes: usize,
}

impl StringTable {
    pub(super) fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(held) = self.held.get(text) {
            return Arc::clone(held);
        }
        let held: Arc<str> = text.into();
        self.bytes += text.len();
        self.held.insert(Arc::clone(&held));
        held
    }

    /// Bytes of the strings, with what the heap and the table take for each.
    pub(super) fn memory(&self) -> usize {
        let counts = 2 * size_of::<usize>();
        let slot = size_of::<Arc<str>>() + 1;
        self.bytes + self.held.len() * counts + self.held.capacity() * slot
    }
}
