//! [`Module`], a file whose code was loaded, and [`Frame`], an instruction in one.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file whose code was loaded into the process: the program, or a library.
///
/// A profiler keeps its modules after they are unloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    pub(crate) path: PathBuf,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) bias: u64,
    pub(crate) build_id: Vec<u8>,
}

impl Module {
    /// A module that was loaded from `path` at the addresses `range`. `bias` is the load bias;
    /// `build_id` is empty if the file has none.
    #[must_use]
    pub fn new(path: PathBuf, range: Range<u64>, bias: u64, build_id: Vec<u8>) -> Self {
        Self {
            path,
            start: range.start,
            end: range.end,
            bias,
            build_id,
        }
    }

    /// The path that it was loaded from. The program's is absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The range of addresses that it was mapped at.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// The load bias: the difference of an address in memory and the same in the file.
    #[must_use]
    pub fn bias(&self) -> u64 {
        self.bias
    }

    /// The GNU build id that the linker wrote; empty if the file has none.
    #[must_use]
    pub fn build_id(&self) -> &[u8] {
        &self.build_id
    }
}

/// An instruction: a module and an offset in it.
///
/// Unlike an address, a frame keeps its meaning after a library is unloaded and another one is
/// loaded at the same address. The offset is that of the last byte of the call instruction; for a
/// frame that a signal interrupted, that of the interrupted instruction.
///
/// ```
/// use repool_profile::symbols::{Frame, Module};
///
/// let modules = [Module::new("/srv/app".into(), 0x1000..0x9000, 0, Vec::new())];
/// let frame = Frame::new(0, 0x234);
/// let module = &modules[frame.module().expect("in a module")];
/// assert_eq!(module.range().start + frame.offset(), 0x1234);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Frame(u64);

impl Frame {
    /// The module number of an instruction in no known module, whose offset is the address. The
    /// largest number, because the
    /// profiler uses the top bit.
    pub const NO_MODULE: u16 = u16::MAX >> 1;
    const OFFSET_BITS: u32 = 48;

    /// The instruction `offset` bytes from the start of the module with this number. Uses the lower 48
    /// bits of the offset.
    #[inline]
    #[must_use]
    pub const fn new(module: u16, offset: u64) -> Self {
        let mask = (1 << Self::OFFSET_BITS) - 1;
        Self((module as u64) << Self::OFFSET_BITS | offset & mask)
    }

    /// The frame as one word, the inverse of [`from_bits`](Frame::from_bits).
    #[inline]
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The frame of a word that [`to_bits`](Frame::to_bits) returned.
    #[inline]
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The index of its module in the snapshot's modules; 0 is the program itself. `None` if no module
    /// was loaded at the address.
    #[inline]
    #[must_use]
    pub fn module(self) -> Option<usize> {
        let number = (self.0 >> Self::OFFSET_BITS) as u16;
        (number != Self::NO_MODULE).then_some(usize::from(number))
    }

    /// Bytes from the start of its module; the address if it has no module.
    #[inline]
    #[must_use]
    pub fn offset(self) -> u64 {
        self.0 & ((1 << Self::OFFSET_BITS) - 1)
    }
}
