//! What a store counts of a sampled block: where it came from, how, and how it was freed.

use super::arena::NodeId;

/// The two nodes that count a sampled block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) stack: NodeId,
    pub(crate) record: NodeId,
}

/// The object that a sampled block is: the block itself, or that which it replaces by a resize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// The node of the stack that allocated the object's first block.
    pub(crate) origin: NodeId,
    /// The number of the thread that allocated the block.
    pub(crate) thread: u32,
}

/// What the program asked the global allocator for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// Bytes.
    pub(crate) size: u64,
    /// Bytes that the block's address is a multiple of.
    pub(crate) alignment: u64,
    pub(crate) call: AllocCall,
}

/// The call of the global allocator by which a block came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllocCall {
    Alloc,
    AllocZeroed,
    /// A resize of another block.
    Realloc,
}

/// How a sampled block was freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Free {
    /// Whether another thread freed it than the one that allocated it.
    pub(crate) is_other_thread: bool,
    /// Nanoseconds since its allocation.
    pub(crate) time: u64,
    /// Bytes that were allocated since.
    pub(crate) bytes: u64,
}
