use std::path::{Path, PathBuf};

/// A file whose code was loaded into the process: the program, or a library.
///
/// It is remembered after it was unloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    pub(crate) path: PathBuf,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) bias: u64,
    pub(crate) build_id: Vec<u8>,
}

impl Module {
    /// Where it was loaded from; the program's own is absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The addresses that it took, from its first byte to the one after its last.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<u64> {
        self.start..self.end
    }

    /// What is added to an address in the file for the one in memory.
    #[must_use]
    pub fn bias(&self) -> u64 {
        self.bias
    }

    /// The linker's GNU build id; empty if it left none.
    #[must_use]
    pub fn build_id(&self) -> &[u8] {
        &self.build_id
    }
}

/// An instruction: a module, and how far into it.
///
/// Unlike an address it keeps its meaning when a library is unloaded and another one takes its
/// place. For all frames but one interrupted by a signal it is the last byte of the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Frame(u64);

impl Frame {
    /// The module number of an instruction in no known module; its offset is the address. No
    /// number is larger: the top bit is the store's.
    pub(crate) const NO_MODULE: u16 = u16::MAX >> 1;
    const OFFSET_BITS: u32 = 48;

    pub(crate) const fn new(module: u16, offset: u64) -> Self {
        let mask = (1 << Self::OFFSET_BITS) - 1;
        Self((module as u64) << Self::OFFSET_BITS | offset & mask)
    }

    /// As one number, which [`from_bits`](Frame::from_bits) takes back.
    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The place of its module in [`Snapshot::modules`](crate::Snapshot::modules); 0 is the
    /// program itself. `None` if no module was loaded there.
    #[must_use]
    pub fn module(self) -> Option<usize> {
        let number = (self.0 >> Self::OFFSET_BITS) as u16;
        (number != Self::NO_MODULE).then_some(usize::from(number))
    }

    /// How many bytes after the first of its module; the address if it has none.
    #[must_use]
    pub fn offset(self) -> u64 {
        self.0 & ((1 << Self::OFFSET_BITS) - 1)
    }
}
