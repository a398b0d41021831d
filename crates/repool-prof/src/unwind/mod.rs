//! Captures the stack of the calling thread, within an allocator or a signal handler: it does not
//! allocate, lock, or change `errno`, and takes some 1.5 KiB of stack (8 KiB without optimisation).
//!
//! *By tables:* the loader says which module an address is in (`_dl_find_object`), the module's
//! `.eh_frame_hdr` where the function's entry in `.eh_frame` is, and that entry's program where, at
//! this instruction, the caller's stack pointer, `rbp` and return address are. The result, a *rule*
//! of eight bytes, is cached for each call. *By frame pointers:* `rbp` leads from frame to frame.
//!
//! Sources: System V ABI, AMD64 supplement, 3.2 and 3.7 (stack frames, register numbers); DWARF 5,
//! 6.4 (the programs); Linux Standard Base 5, Core, 10.6 (`.eh_frame`, `.eh_frame_hdr`); glibc's
//! manual, "Dynamic Linker Introspection" (`_dl_find_object`).
//!
//! A stack ends early if the caller's stack pointer depends on a register other than `rsp` and
//! `rbp`, or has a form that compilers do not write: in the loader's code for lazy binding, and in a
//! stub of the procedure linkage table, which only a signal can interrupt.
//!
//! Invariants that the `SAFETY` notes cite:
//!
//! **U1.** Memory of a stack is read only through `StackReader::read`: eight aligned bytes, not
//! below the stack pointer of the current frame (or the red zone of a frame that a signal
//! interrupted), in the page of this function's own frame or in one that the kernel was found able
//! to read. So a wrong rule or a stray `rbp` gives a wrong stack, and no fault.
//!
//! **U2.** A module that `_dl_find_object` names for an address stays loaded while it is read: the
//! address is that of a call on the stack, and a program that unloads such code crashes when the
//! call returns. The module's first page, program headers, tables and name are not written to after
//! loading.
//!
//! A remaining risk: a wrong stack may hold an address that is not of a call, in memory or a module
//! which another thread unmaps between the check and the read.
//!
//! **U3.** A record in the registry is complete before its address is published, and never changed
//! or freed after.
//!
//! **U4.** A rule is found by the module's number and the offset in it. A number is never used for a
//! second module, so a rule is never used for other code than it was computed from. A pair of words
//! of which two threads wrote one each is not found.

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

/// The most frames of a stack.
pub(crate) const DEPTH: usize = 128;

/// How stacks are unwound: see [`Builder::unwind`](crate::Builder::unwind).
///
/// ```
/// # use repool_prof::{ProfAlloc, Profiler, Unwind};
/// # #[global_allocator]
/// # static ALLOC: ProfAlloc = ProfAlloc::new();
/// let profiler = Profiler::builder().unwind(Unwind::Tables).start()?;
/// # drop(profiler);
/// # Ok::<(), repool_prof::StartError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unwind {
    /// By frame pointers if the program was built with them, else by tables.
    #[default]
    Auto,
    /// By the tables that panics use (`.eh_frame`), which every build has.
    Tables,
    /// By frame pointers (`-C force-frame-pointers=yes`). A stack ends at a function without one.
    FramePointers,
}
