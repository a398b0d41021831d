/// From the ids of a file to places in a table. Ids are nearly always 1, 2, 3…
#[derive(Debug)]
pub(super) struct Ids {
    /// By id: the place plus one, or 0.
    dense: Vec<u32>,
    /// Ids that are too large for that, in their order once all are there, and their places. A
    /// hash table would take thrice the memory, and few files have any.
    others: Vec<(u64, u32)>,
    len: u32,
}

/// An id that cannot be: 0, or one that another has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadId(pub(super) u64);

impl Ids {
    /// For so many.
    pub(super) fn new(expected: usize) -> Self {
        Self {
            dense: vec![0; expected + 1],
            others: Vec::new(),
            len: 0,
        }
    }

    /// The next one has this id.
    pub(super) fn add(&mut self, id: u64) -> Result<(), BadId> {
        let dense = usize::try_from(id)
            .ok()
            .and_then(|id| self.dense.get_mut(id));
        match dense {
            Some(slot) if id != 0 && *slot == 0 => *slot = self.len + 1,
            Some(_) => return Err(BadId(id)),
            None => {
                if self.others.is_empty() {
                    let expected = self.dense.len() - 1;
                    self.others.reserve_exact(expected - self.len as usize);
                }
                self.others.push((id, self.len));
            }
        }
        self.len += 1;
        Ok(())
    }

    /// All have been added.
    pub(super) fn finish(&mut self) -> Result<(), BadId> {
        self.others.sort_unstable();
        let twice = self.others.windows(2).find(|two| two[0].0 == two[1].0);
        twice.map_or(Ok(()), |two| Err(BadId(two[0].0)))
    }

    /// Where the one with that id is.
    pub(super) fn place(&self, id: u64) -> Option<u32> {
        let dense = usize::try_from(id).ok().and_then(|id| self.dense.get(id));
        match dense {
            Some(place) => place.checked_sub(1),
            None => {
                let found = self.others.binary_search_by_key(&id, |(id, _)| *id).ok()?;
                Some(self.others[found].1)
            }
        }
    }
}
