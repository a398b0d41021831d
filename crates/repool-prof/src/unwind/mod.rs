//! The calls that led here, read from within an allocator or a signal handler: nothing on the way
//! allocates, locks, or changes `errno`, and it takes some 1.5 KiB of stack (without optimisation 8).
//!
//! *By tables:* the loader says which module an address lies in (`_dl_find_object`), the module's
//! `.eh_frame_hdr` where the function's entry in `.eh_frame` is, and that entry's small program
//! where at this instruction the caller's stack pointer, `rbp` and return address are. Of the
//! answer, a *rule*, only what follows calls is kept: eight bytes, remembered for each call.
//! *By frame pointers:* `rbp` leads from frame to frame.
//!
//! Sources: System V ABI, AMD64 supplement, 3.2 and 3.7 (stack frames, register numbers); DWARF 5,
//! 6.4 (the programs); Linux Standard Base 5, Core, 10.6 (`.eh_frame`, `.eh_frame_hdr`); glibc's
//! manual, "Dynamic Linker Introspection" (`_dl_find_object`).
//!
//! A stack ends early where the caller's stack pointer follows from another register than `rsp` and
//! `rbp`, or in a form that compilers do not write: in the loader's own code for binding a symbol,
//! and in a stub of the procedure linkage table, which only a signal can interrupt.
//!
//! What the `SAFETY` notes cite:
//!
//! **U1.** Memory of a stack is read only through `Stack::read`: eight aligned bytes, not below
//! the stack pointer of the frame at hand (or the red zone of one that a signal interrupted), in
//! the page that this function's own frame is in or in one that the kernel was found able to read.
//! So a wrong rule or a stray `rbp` gives a wrong stack, and no fault.
//!
//! **U2.** A module that `_dl_find_object` names for an address stays loaded while it is looked at,
//! for the address is that of a call which is to be returned to: who unloads such code has already
//! lost. Its first page, program headers, tables and name are not written to after loading.
//!
//! What is left: a wrong stack may hold an address that is no call's, in memory or a module which
//! another thread unmaps between the question and the read.
//!
//! **U3.** A record in the registry is complete before its address is published, and never changed
//! or freed after.
//!
//! **U4.** A rule is found under the module's number and the offset in it. A number is never used
//! for a second module, so a rule never outlives what it was computed from; a pair of words that
//! two threads wrote half each is not found.

#[cfg_attr(
    not(all(
        target_os = "linux",
        target_arch = "x86_64",
        target_env = "gnu",
        target_pointer_width = "64",
        not(miri)
    )),
    path = "unsupported.rs"
)]
mod native;

pub(crate) use native::{capture, function_at, function_of, is_prepared, memory, modules, prepare};

/// No stack is followed further.
pub(crate) const DEPTH: usize = 128;

/// How stacks are unwound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unwind {
    /// By frame pointers where the program was built with them, else by tables.
    #[default]
    Auto,
    /// By the tables that panics use (`.eh_frame`); needs nothing of the build.
    Tables,
    /// By frame pointers (`-C force-frame-pointers=yes`); ends early where a function has none.
    FramePointers,
}
