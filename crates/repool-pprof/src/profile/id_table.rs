//! Maps the ids that a file gives its mappings, locations and functions to indices.

/// Indices by id. Most files number their ids 1, 2, 3 and so on, which takes 4 bytes for each id.
#[derive(Debug)]
pub(super) struct IdTable {
    /// For an id that is at most the expected number of ids: the index plus one, or 0 for none.
    dense: Vec<u32>,
    /// Larger ids and their indices, sorted by id after [`finish`](Self::finish). A hash table would
    /// take three times the memory, and few files have such ids.
    sparse: Vec<(u64, u32)>,
    len: u32,
}

/// An id that is not valid: 0, or one that was added before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IdError(pub(super) u64);

impl IdTable {
    /// An empty table that will have `expected` ids.
    pub(super) fn new(expected: usize) -> Self {
        Self {
            dense: vec![0; expected + 1],
            sparse: Vec::new(),
            len: 0,
        }
    }

    /// Gives `id` the next index.
    pub(super) fn add(&mut self, id: u64) -> Result<(), IdError> {
        let dense = usize::try_from(id)
            .ok()
            .and_then(|id| self.dense.get_mut(id));
        match dense {
            Some(slot) if id != 0 && *slot == 0 => *slot = self.len + 1,
            Some(_) => return Err(IdError(id)),
            None => {
                if self.sparse.is_empty() {
                    let expected = self.dense.len() - 1;
                    self.sparse.reserve_exact(expected - self.len as usize);
                }
                self.sparse.push((id, self.len));
            }
        }
        self.len += 1;
        Ok(())
    }

    /// Makes [`index`](Self::index) ready for use, after all ids have been added.
    pub(super) fn finish(&mut self) -> Result<(), IdError> {
        self.sparse.sort_unstable();
        let twice = self.sparse.windows(2).find(|two| two[0].0 == two[1].0);
        twice.map_or(Ok(()), |two| Err(IdError(two[0].0)))
    }

    /// The index of an id; `None` if the id was not added.
    pub(super) fn index(&self, id: u64) -> Option<u32> {
        let dense = usize::try_from(id).ok().and_then(|id| self.dense.get(id));
        match dense {
            Some(index) => index.checked_sub(1),
            None => {
                let found = self.sparse.binary_search_by_key(&id, |(id, _)| *id).ok()?;
                Some(self.sparse[found].1)
            }
        }
    }
}
