//! The critical sections, in assembly: pop, push and swap on the cache of the calling thread's CPU.
//!
//! A restartable sequence is a run of instructions that the kernel restarts if the thread loses
//! its CPU, moves, or takes a signal within: so between its first and its last instruction
//! no other section changed that CPU's cache. The rules that they keep (`linux/rseq.h`, and Desnoyers
//! and Boyer, "Restartable Sequences", LPC 2018):
//!
//! **S1.** The descriptor's address is stored before the sequence starts, and the CPU number is
//! read within it.
//!
//! **S2.** Everything before the last instruction may be done again without harm: registers, and
//! stores to a magazine's places at or above `count`, which no thread reads. A register that is read
//! after the sequence is set on every way out of it, for a restart may leave by another.
//!
//! **S3.** The last instruction is one store, the commit. It lies within the sequence, nothing
//! after it does.
//!
//! **S4.** Nothing within calls, unwinds, or leaves, but by a jump to the end without a commit.
//!
//! **S5.** Every address that is read or written comes from the cache of this CPU. `active`, read
//! within, is the number of caches, or 0 before the table is published; a CPU number at or above it
//! (also the −1 and −2 of a thread that is not registered, read as unsigned) ends the sequence.
//!
//! **S6.** The first word that a section reads of a cache is its private slot. A section that finds the
//! slot [marked as stopped](CpuCache), which makes it negative, ends without a commit; [`mark`] alone
//! does not. A get or a return
//! of the private object tests that word for null anyway, so that the mark costs it no instruction.
//!
//! Not covered: a child of `vfork`, which has the parent thread's area but no registration of its own
//! (`rseq_fork` in `linux/rseq.h` drops it for `CLONE_VM`). It reads the CPU that the parent's thread was
//! on, and is not restarted. POSIX forbids such a child to call a pool, and no instruction of a section
//! could tell.
//!
//! The descriptor stays in the thread's rseq area after the sequence; the kernel clears it when
//! it next looks. It must therefore never be unmapped: see `registration::pin`.

use core::arch::asm;
use core::mem::offset_of;
use core::sync::atomic::{AtomicU64, AtomicUsize};

use super::AlignedCache;
use crate::cpu::CpuCache;
use crate::cpu::cache::STOPPED;
use crate::depot::magazine::Magazine;

/// Times that a section was restarted, in this process.
pub(super) static RESTARTS: AtomicU64 = AtomicU64::new(0);

// What the sections assume of the layouts.
const _: () = assert!(size_of::<AlignedCache>() == 1 << 6);
const _: () = assert!(offset_of!(CpuCache, private) == 0);
const _: () = assert!(offset_of!(Magazine, count) == 0);

/// The descriptor, the abort handler, the prologue that stores the descriptor (S1), and the way
/// to this CPU's cache (S5): `{t}` becomes its address. The cache is reached through one register
/// without an index: only so does a processor forward a store to the next load without delay, and
/// a get and return of one object takes 1.5 ns instead of 1.8.
///
/// Labels: 2 start over, 3 first instruction, 4 end, 5 abort handler, 6 out, 7 descriptor, 8 the
/// commit that two ways share, 9 out without an object. `$no_cache` is the label for a CPU that has no
/// cache. The handler follows the signature that glibc registers with, encoded as the
/// operand of an undefined instruction, and counts: it runs once for each preemption in a section.
macro_rules! begin {
    ($no_cache:literal) => {
        concat!(
            ".pushsection __rseq_cs, \"aw\", @progbits\n",
            ".balign 32\n",
            "7: .long 0, 0\n",
            ".quad 3f, 4f - 3f, 5f\n",
            ".popsection\n",
            ".pushsection __rseq_failure, \"ax\", @progbits\n",
            ".byte 0x0f, 0xb9, 0x3d\n",
            ".long 0x53053053\n",
            "5: mov {t}, qword ptr [rip + {restarts}@GOTPCREL]\n",
            "lock inc qword ptr [{t}]\n",
            "jmp 2f\n",
            ".popsection\n",
            "2: lea {t}, [rip + 7b]\n",
            "mov fs:[{rseq} + 8], {t}\n",
            "3: mov {t:e}, fs:[{rseq} + 4]\n",
            "cmp {t}, [{active}]\n",
            "jae ",
            $no_cache,
            "\n",
            "shl {t}, 6\n",
            "add {t}, {caches}\n",
        )
    };
}

/// The end of a section that pops no object.
macro_rules! no_object {
    () => {
        concat!(
            ".pushsection __rseq_failure, \"ax\", @progbits\n",
            "9: xor {object:e}, {object:e}\n",
            "jmp 6f\n",
            ".popsection\n",
        )
    };
}

/// Precedes each commit. Under `--cfg repool_delay` it takes a while, so that tests restart sections there,
/// where a mistake in what a section leaves behind would show.
#[cfg(not(repool_delay))]
macro_rules! delay {
    () => {
        ""
    };
}
#[cfg(repool_delay)]
macro_rules! delay {
    () => {
        ".rept 24\npause\n.endr\n"
    };
}

/// Pops the private object, else the loaded magazine's youngest; null if there is neither.
///
/// # Safety
///
/// `caches` points to as many caches as `active` is at most, whose magazines outlive the call (C2);
/// `rseq` is the offset of the area that glibc registered, from the thread pointer.
#[inline(always)]
pub(super) unsafe fn pop(caches: *mut AlignedCache, active: &AtomicUsize, rseq: isize) -> *mut () {
    let object: *mut ();
    // SAFETY: a restartable sequence by S1 to S6; the caller promises the addresses. Two ways
    // meet at the commit, which is `private = null` or `count = count - 1`.
    unsafe {
        asm!(
            no_object!(),
            begin!("9b"),
            "mov {object}, [{t}]",
            "xor {new:e}, {new:e}",
            "test {object}, {object}",
            "jg 8f",
            // Stopped (S6).
            "js 9b",
            "mov {t}, [{t} + {loaded}]",
            "test {t}, {t}",
            "jz 9b",
            "mov {new}, [{t}]",
            "sub {new}, 1",
            "jc 9b",
            "mov {object}, [{t} + {new} * 8 + {objects}]",
            "8:",
            delay!(),
            "mov [{t}], {new}",
            "4: 6:",
            t = out(reg) _,
            new = out(reg) _,
            object = out(reg) object,
            caches = in(reg) caches,
            active = in(reg) active,
            rseq = in(reg) rseq,
            restarts = sym RESTARTS,
            loaded = const offset_of!(CpuCache, loaded),
            objects = const offset_of!(Magazine, objects),
            options(nostack),
        );
    }
    object
}

/// Puts an object into the private slot, else onto the loaded magazine; `false` if neither has room.
///
/// # Safety
///
/// As for [`pop`].
#[inline(always)]
pub(super) unsafe fn push(
    caches: *mut AlignedCache,
    active: &AtomicUsize,
    rseq: isize,
    object: *mut (),
) -> bool {
    // SAFETY: a restartable sequence by S1 to S6; the caller promises the addresses. Two ways
    // meet at the commit, which is `private = object` or `count = count + 1`, the place above the
    // old count filled before (S2). The ways out through the label come before it.
    unsafe {
        asm!(
            begin!("{full}"),
            "mov {new}, {object}",
            "cmp qword ptr [{t}], 0",
            "je 8f",
            // Stopped (S6).
            "jl {full}",
            "mov {t}, [{t} + {loaded}]",
            "test {t}, {t}",
            "jz {full}",
            "mov {new}, [{t}]",
            "cmp {new}, [{t} + {limit}]",
            "jae {full}",
            "mov [{t} + {new} * 8 + {objects}], {object}",
            "inc {new}",
            "8:",
            delay!(),
            "mov [{t}], {new}",
            "4:",
            t = out(reg) _,
            new = out(reg) _,
            object = in(reg) object,
            caches = in(reg) caches,
            active = in(reg) active,
            rseq = in(reg) rseq,
            restarts = sym RESTARTS,
            loaded = const offset_of!(CpuCache, loaded),
            limit = const offset_of!(Magazine, limit),
            objects = const offset_of!(Magazine, objects),
            full = label { return false },
            options(nostack),
        );
    }
    true
}

/// Exchanges the pointer at `offset` in the cache for `new`; `None` if this CPU's cache is stopped, or
/// there is none.
///
/// # Safety
///
/// As for [`pop`]; `offset` is that of `loaded` or of `previous`, and `new` is null or a
/// magazine of the table's pool that the caller owns.
#[inline(never)]
pub(super) unsafe fn swap(
    caches: *mut AlignedCache,
    active: &AtomicUsize,
    rseq: isize,
    offset: usize,
    new: *mut Magazine,
) -> Option<*mut Magazine> {
    let old: *mut Magazine;
    let stopped: u32;
    // SAFETY: a restartable sequence by S1 to S6; the caller promises the addresses. The
    // commit is the pointer's own store: from then on no section on this CPU sees `old`, and one
    // that had read it was restarted, so it is the caller's alone (M1).
    unsafe {
        asm!(
            // The way out sets the flag, not the way in: a section that was restarted and then finds the
            // cache stopped must report that, whatever it did before (S2).
            ".pushsection __rseq_failure, \"ax\", @progbits",
            "9: mov {stopped:e}, 1",
            "jmp 6f",
            ".popsection",
            "xor {stopped:e}, {stopped:e}",
            begin!("9b"),
            // Stopped (S6).
            "cmp qword ptr [{t}], 0",
            "jl 9b",
            "mov {old}, [{t} + {offset}]",
            delay!(),
            "mov [{t} + {offset}], {new}",
            "4: 6:",
            t = out(reg) _,
            old = out(reg) old,
            stopped = out(reg) stopped,
            offset = in(reg) offset,
            new = in(reg) new,
            caches = in(reg) caches,
            active = in(reg) active,
            rseq = in(reg) rseq,
            restarts = sym RESTARTS,
            options(nostack),
        );
    }
    (stopped == 0).then_some(old)
}

/// Marks the private slot of `cpu`'s cache as stopped; `false` if the thread is on another CPU, or there is
/// no such cache. The only section that a mark does not end.
///
/// # Safety
///
/// As for [`pop`]; the calling thread is the cache's holder (R2).
#[inline(never)]
pub(super) unsafe fn mark(
    caches: *mut AlignedCache,
    active: &AtomicUsize,
    rseq: isize,
    cpu: usize,
) -> bool {
    // SAFETY: a restartable sequence by S1 to S5; the caller promises the addresses, and as the holder
    // may set the mark. The commit is the slot's own word with the mark.
    unsafe {
        asm!(
            begin!("{elsewhere}"),
            // {t} is the cache's address: the one that the caller holds, or that of another CPU.
            "cmp {t}, {cache}",
            "jne {elsewhere}",
            "mov {new}, [{t}]",
            "or {new}, {stopped}",
            delay!(),
            "mov [{t}], {new}",
            "4:",
            t = out(reg) _,
            new = out(reg) _,
            cache = in(reg) caches.add(cpu),
            stopped = in(reg) STOPPED,
            caches = in(reg) caches,
            active = in(reg) active,
            rseq = in(reg) rseq,
            restarts = sym RESTARTS,
            elsewhere = label { return false },
            options(nostack),
        );
    }
    true
}

/// The calling thread's CPU as the kernel last stored it; huge if the thread is not registered. A hint:
/// the thread may move at once.
///
/// # Safety
///
/// `rseq` is the offset of the area that glibc registered, from the thread pointer.
pub(super) unsafe fn current_cpu(rseq: isize) -> u32 {
    let cpu: u32;
    // SAFETY: reads one field of the calling thread's rseq area, which lives as long as it.
    unsafe {
        asm!(
            "mov {cpu:e}, fs:[{rseq} + 4]",
            cpu = out(reg) cpu,
            rseq = in(reg) rseq,
            options(nostack, readonly, preserves_flags),
        );
    }
    cpu
}
