//! [`Module`], a file whose code was loaded, and [`Frame`], an instruction in one.

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
    /// The path that it was loaded from. The program's is absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The range of addresses that it was mapped at.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<u64> {
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
/// # use repool_prof::{ProfAlloc, Profiler};
/// # #[global_allocator]
/// # static ALLOC: ProfAlloc = ProfAlloc::new();
/// let profiler = Profiler::builder().rate(1).start()?;
/// drop(std::hint::black_box(vec![1u8; 1000]));
/// let snapshot = profiler.snapshot();
/// let innermost = snapshot.stacks()[0].frames()[0];
/// let module = &snapshot.modules()[innermost.module().expect("in a module")];
/// println!("{}+{:#x}", module.path().display(), innermost.offset());
/// # Ok::<(), repool_prof::StartError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Frame(u64);

impl Frame {
    /// The module number of an instruction in no known module, whose offset is the address. The
    /// largest number, because the store uses the top bit.
    pub(crate) const NO_MODULE: u16 = u16::MAX >> 1;
    const OFFSET_BITS: u32 = 48;

    pub(crate) const fn new(module: u16, offset: u64) -> Self {
        let mask = (1 << Self::OFFSET_BITS) - 1;
        Self((module as u64) << Self::OFFSET_BITS | offset & mask)
    }

    /// The frame as one word, the inverse of [`from_bits`](Frame::from_bits).
    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The index of its module in [`Snapshot::modules`](crate::Snapshot::modules); 0 is the program
    /// itself. `None` if no module was loaded at the address.
    #[must_use]
    pub fn module(self) -> Option<usize> {
        let number = (self.0 >> Self::OFFSET_BITS) as u16;
        (number != Self::NO_MODULE).then_some(usize::from(number))
    }

    /// Bytes from the start of its module; the address if it has no module.
    #[must_use]
    pub fn offset(self) -> u64 {
        self.0 & ((1 << Self::OFFSET_BITS) - 1)
    }
}
