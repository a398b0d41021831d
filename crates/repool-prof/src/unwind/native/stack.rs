//! Reads a stack that may be invalid: checks each address before it is read.

use core::arch::asm;
use core::sync::atomic::{AtomicBool, Ordering};

/// Bytes of a page.
const PAGE: u64 = 4096;
/// Bytes below the stack pointer that a function may use and a signal handler does not overwrite
/// (System V ABI, AMD64 supplement, 3.2.2). A register that was just restored is still saved there.
const RED_ZONE: u64 = 128;

/// Reads the part of the stack that the walk has not passed yet.
pub(super) struct StackReader {
    /// The lowest address that may be read.
    floor: u64,
    /// The numbers of two pages that are readable.
    page: u64,
    other_page: u64,
}

impl StackReader {
    /// A reader of the stack of the function whose stack pointer is `sp`.
    ///
    /// # Safety
    ///
    /// That function runs, on this thread, until the reader is dropped.
    pub(super) unsafe fn new(sp: u64) -> Self {
        Self {
            floor: sp,
            page: sp / PAGE,
            other_page: sp / PAGE,
        }
    }

    /// Moves past everything below `sp`; `false` if `sp` is not above the present position.
    #[inline(always)]
    pub(super) fn leave(&mut self, sp: u64) -> bool {
        let up = sp > self.floor && sp.is_multiple_of(8);
        if up {
            self.floor = sp;
        }
        up
    }

    /// Moves to the stack that a signal interrupted, which may be another one.
    pub(super) fn switch(&mut self, sp: u64) {
        self.floor = sp.saturating_sub(RED_ZONE);
    }

    /// The eight bytes at `address`, if they are readable and not passed yet (U1).
    #[inline(always)]
    pub(super) fn read(&mut self, address: u64) -> Option<u64> {
        if address < self.floor || !address.is_multiple_of(8) {
            return None;
        }
        let page = address / PAGE;
        if page != self.page && page != self.other_page && !self.check_page(page) {
            return None;
        }
        // SAFETY: U1. Aligned, and in a readable page: that of a running function's frame (`new`), or
        // one that the kernel just read. Volatile, because other threads may write there if it is no
        // stack.
        Some(unsafe { core::ptr::with_exposed_provenance::<u64>(address as usize).read_volatile() })
    }

    #[cold]
    #[inline(never)]
    fn check_page(&mut self, page: u64) -> bool {
        let readable = is_readable(page * PAGE);
        if readable {
            self.other_page = self.page;
            self.page = page;
        }
        readable
    }
}

/// The system call that tells whether a page is readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadCheck {
    /// The kernel reads a signal mask from the page: see [`can_read_mask`].
    Mask,
    /// The kernel copies a byte from the page: see [`can_copy`]. Takes nine times as long (measured
    /// 2026-11-27).
    Copy,
}

/// Whether [`ReadCheck::Copy`] is used. [`choose_read_check`] sets it before the first sample.
static USE_COPY: AtomicBool = AtomicBool::new(false);

/// Whether the page of `address` is readable, by a system call. Does not change `errno`.
pub(super) fn is_readable(address: u64) -> bool {
    // Relaxed: both checks give the same answers once one was chosen.
    if USE_COPY.load(Ordering::Relaxed) {
        can_copy(address)
    } else {
        can_read_mask(address)
    }
}

/// Whether the kernel can read a signal mask at `address`.
///
/// Calls `rt_sigprocmask` with the set at that address and an invalid `how`. The kernel reads the set
/// before it checks `how`, so it fails with EFAULT if the set is not readable, else with EINVAL
/// (`kernel/signal.c`). The technique is Abseil's
/// (`absl/debugging/internal/address_is_readable.cc`).
fn can_read_mask(address: u64) -> bool {
    let how = u64::MAX; // −1
    // SAFETY: the call fails for any address, because `how` is invalid: nothing is written, and the
    // mask does not change.
    let answer = unsafe { system_call(libc::SYS_rt_sigprocmask, [how, address & !7, 0, 8, 0, 0]) };
    answer == -i64::from(libc::EINVAL)
}

/// Whether the kernel can copy a byte from `address` (`process_vm_readv` of this process).
fn can_copy(address: u64) -> bool {
    let mut byte = 0_u8;
    let to = libc::iovec {
        iov_base: (&raw mut byte).cast(),
        iov_len: 1,
    };
    let from = libc::iovec {
        iov_base: core::ptr::without_provenance_mut(address as usize),
        iov_len: 1,
    };
    let [to, from] =
        [&raw const to, &raw const from].map(|vector| vector.expose_provenance() as u64);
    // SAFETY: no preconditions.
    let process = unsafe { system_call(libc::SYS_getpid, [0; 6]) };
    // SAFETY: the kernel writes at most one byte, to `byte`. It reads the vectors, and `address` if
    // that is readable.
    let copied = unsafe {
        system_call(
            libc::SYS_process_vm_readv,
            [process as u64, to, 1, from, 1, 0],
        )
    };
    copied == 1
}

/// Makes a system call without libc, so that `errno` does not change.
///
/// # Safety
///
/// That of the call.
#[inline(always)]
unsafe fn system_call(number: libc::c_long, arguments: [u64; 6]) -> i64 {
    let [first, second, third, fourth, fifth, sixth] = arguments;
    let answer: i64;
    // SAFETY: the caller's contract; a system call changes rax, rcx, r11 and the flags, and uses no
    // stack.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => answer,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            in("r10") fourth,
            in("r8") fifth,
            in("r9") sixth,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    answer
}

/// Whether Valgrind runs this program.
///
/// Valgrind recognises these instructions, which otherwise change nothing: rdi is rotated by 128
/// bits in all. It then takes the request that rax points to, and answers in rdx
/// (`valgrind/valgrind.h`, `RUNNING_ON_VALGRIND`).
fn runs_on_valgrind() -> bool {
    let request = [0x1001_u64, 0, 0, 0, 0, 0];
    let answer: u64;
    // SAFETY: the instructions change rdx and the flags; Valgrind reads `request` as well.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") &raw const request,
            inlateout("rdx") 0_u64 => answer,
            options(nostack),
        );
    }
    answer != 0
}

/// Chooses the check; `false` if neither works. A sandbox may refuse the calls, and an emulator may
/// check `how` before it reads the mask.
///
/// Valgrind prints a warning for each invalid `how`, and an error for each mask whose bytes were
/// never written, so under Valgrind the mask is not used.
pub(super) fn choose_read_check() -> bool {
    let checks = [ReadCheck::Mask, ReadCheck::Copy];
    let works = |check: &ReadCheck| {
        let (is_readable, is_quiet): (fn(u64) -> bool, _) = match check {
            ReadCheck::Mask => (can_read_mask, !runs_on_valgrind()),
            ReadCheck::Copy => (can_copy, true),
        };
        is_quiet && distinguishes_pages(is_readable)
    };
    let chosen = checks.into_iter().find(works);
    USE_COPY.store(chosen == Some(ReadCheck::Copy), Ordering::Relaxed);
    chosen.is_some()
}

/// Whether `is_readable` tells an unreadable page from a readable one.
fn distinguishes_pages(is_readable: fn(u64) -> bool) -> bool {
    // SAFETY: a new page of this function's own, which has no data.
    unsafe {
        let page = libc::mmap(
            core::ptr::null_mut(),
            PAGE as usize,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if page == libc::MAP_FAILED {
            return false;
        }
        let refused = !is_readable(page as u64);
        libc::munmap(page, PAGE as usize);
        refused && is_readable(&raw const refused as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Maps three pages, and makes the second unreadable and unmaps the third.
    fn pages() -> u64 {
        let size = PAGE as usize;
        // SAFETY: new memory of this test's own, whose first page stays mapped.
        unsafe {
            let start = libc::mmap(
                core::ptr::null_mut(),
                3 * size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            assert_ne!(start, libc::MAP_FAILED);
            start.cast::<u64>().add(511).write(77);
            assert_eq!(
                libc::mprotect(start.byte_add(size), size, libc::PROT_NONE),
                0
            );
            assert_eq!(libc::munmap(start.byte_add(2 * size), size), 0);
            start as u64
        }
    }

    #[test]
    fn the_kernel_says_what_can_be_read() {
        let start = pages();
        let mut mask = [0_u64; 2];
        let masked = |mask: &mut u64| {
            // SAFETY: writes one signal set, which has 8 bytes in the kernel.
            unsafe {
                libc::syscall(libc::SYS_rt_sigprocmask, 0, 0, &raw mut *mask, 8);
            }
        };
        masked(&mut mask[0]);
        for is_readable in [can_read_mask, can_copy] {
            assert!(is_readable(start) && is_readable(start + PAGE - 1));
            assert!(!is_readable(start + PAGE), "PROT_NONE");
            assert!(!is_readable(start + 2 * PAGE), "unmapped");
            assert!(!is_readable(0) && !is_readable(1 << 63) && !is_readable(u64::MAX));
            assert!(is_readable(c"text".as_ptr() as u64), "read-only");
            assert!(distinguishes_pages(is_readable));
        }
        assert!(!distinguishes_pages(|_| true) && !distinguishes_pages(|_| false));
        masked(&mut mask[1]);
        assert_eq!(mask[0], mask[1]);
    }

    #[test]
    fn reads_upwards_where_it_can() {
        let start = pages();
        let here = 0_u64;
        // SAFETY: this function runs until the reader is dropped.
        let mut stack = unsafe { StackReader::new(&raw const here as u64) };
        assert_eq!(stack.read(&raw const here as u64), Some(0));
        stack.switch(start + 16 + RED_ZONE);
        assert_eq!(stack.read(start + PAGE - 8), Some(77));
        assert_eq!(stack.read(start + 8), None, "left behind");
        assert_eq!(stack.read(start + PAGE - 4), None, "not aligned");
        assert_eq!(stack.read(start + PAGE), None, "PROT_NONE");
        assert_eq!(stack.read(start + 2 * PAGE), None, "unmapped");
        assert!(!stack.leave(start + 16) && !stack.leave(start + 20) && stack.leave(start + 24));
        assert_eq!(stack.read(start + 16), None);
        assert_eq!(stack.read(start + 24), Some(0));
    }
}
