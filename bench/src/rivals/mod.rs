//! The rivals: one module for each.

pub mod allocators;
pub mod buffers;
pub mod cell;
pub mod channel;
pub mod repool;
pub mod stack;
