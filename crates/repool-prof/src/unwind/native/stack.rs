//! Reading a stack that may not be one.

use core::arch::asm;
use core::sync::atomic::{AtomicBool, Ordering};

const PAGE: u64 = 4096;
/// Bytes below the stack pointer that a function may use and a signal leaves alone (System V ABI,
/// AMD64 supplement, 3.2.2). A register that was just restored is still saved there.
const RED_ZONE: u64 = 128;

/// The part of the stack that was not left behind yet.
pub(super) struct StackReader {
    /// Nothing below is read.
    floor: u64,
    /// Two pages (their numbers) that can be read.
    page: u64,
    other_page: u64,
}

impl StackReader {
    /// The stack of the function that `sp` is the stack pointer of.
    ///
    /// # Safety
    ///
    /// That function is running, on this thread, until this value is dropped.
    pub(super) unsafe fn new(sp: u64) -> Self {
        Self {
            floor: sp,
            page: sp / PAGE,
            other_page: sp / PAGE,
        }
    }

    /// Leaves what is below `sp` behind; `false` if that is not further up.
    #[inline(always)]
    pub(super) fn leave(&mut self, sp: u64) -> bool {
        let up = sp > self.floor && sp.is_multiple_of(8);
        if up {
            self.floor = sp;
        }
        up
    }

    /// Goes on where a signal interrupted, which may be on another stack.
    pub(super) fn switch(&mut self, sp: u64) {
        self.floor = sp.saturating_sub(RED_ZONE);
    }

    /// The eight bytes at `address`, if they can be read and are not left behind (U1).
    #[inline(always)]
    pub(super) fn read(&mut self, address: u64) -> Option<u64> {
        if address < self.floor || !address.is_multiple_of(8) {
            return None;
        }
        let page = address / PAGE;
        if page != self.page && page != self.other_page && !self.check_page(page) {
            return None;
        }
        // SAFETY: U1. Aligned, and in a page that can be read: that of a running function's frame
        // (`new`), or one that the kernel just read from. Volatile, for if it is no stack, others
        // may write there.
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

/// How the kernel is asked whether a page can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadCheck {
    /// It reads a signal mask there: see [`can_read_mask`].
    Mask,
    /// It can_copy a byte from there: see [`can_copy`]. Takes nine times as long (measured 2026-11-27).
    Copy,
}

/// Whether [`ReadCheck::Copy`] is the one to use; set by [`choose_read_check`], which comes before all samples.
static USE_COPY: AtomicBool = AtomicBool::new(false);

/// Whether the page of `address` can be read; asks the kernel. Leaves `errno` as it is.
pub(super) fn is_readable(address: u64) -> bool {
    // Relaxed: every probe that was chosen once gives the same answers.
    if USE_COPY.load(Ordering::Relaxed) {
        can_copy(address)
    } else {
        can_read_mask(address)
    }
}

/// Whether the kernel can read a signal mask there.
///
/// It is asked to change the thread's mask in a way that does not exist, to the set at that address.
/// It reads the set before it looks at the way, and refuses with EFAULT if it cannot, else with EINVAL
/// (`kernel/signal.c`, `rt_sigprocmask`). The idea is Abseil's
/// (`absl/debugging/internal/address_is_readable.cc`).
fn can_read_mask(address: u64) -> bool {
    let way = u64::MAX; // −1
    // SAFETY: the call fails for any address, since there is no such way: nothing is written and no
    // mask changes.
    let answer = unsafe { system_call(libc::SYS_rt_sigprocmask, [way, address & !7, 0, 8, 0, 0]) };
    answer == -i64::from(libc::EINVAL)
}

/// Whether the kernel can copy a byte from there (`process_vm_readv` of this process).
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
    // SAFETY: the kernel writes one byte at most, to `byte`; it reads the vectors, and `address` if
    // that can be read.
    let copied = unsafe {
        system_call(
            libc::SYS_process_vm_readv,
            [process as u64, to, 1, from, 1, 0],
        )
    };
    copied == 1
}

/// Calls the kernel without libc, so that `errno` stays as it is.
///
/// # Safety
///
/// That of the call.
#[inline(always)]
unsafe fn system_call(number: libc::c_long, arguments: [u64; 6]) -> i64 {
    let [first, second, third, fourth, fifth, sixth] = arguments;
    let answer: i64;
    // SAFETY: the caller's; a system call changes rax, rcx, r11 and the flags, and uses no stack.
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
/// It looks for these instructions, which change nothing: rdi is rotated by 128 bits in all. It then
/// takes the request that rax points to, and answers in rdx (`valgrind/valgrind.h`,
/// `RUNNING_ON_VALGRIND`).
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

/// Chooses the probe; `false` if the kernel answers none as it should. A sandbox may not, and an
/// emulator may look at the way before the mask.
///
/// Valgrind prints a warning for each mask of no known way, and an error for each whose bytes were
/// never written.
pub(super) fn choose_read_check() -> bool {
    let probes = [ReadCheck::Mask, ReadCheck::Copy];
    let fits = |probe: &ReadCheck| {
        let (ask, is_quiet): (fn(u64) -> bool, _) = match probe {
            ReadCheck::Mask => (can_read_mask, !runs_on_valgrind()),
            ReadCheck::Copy => (can_copy, true),
        };
        is_quiet && distinguishes_pages(ask)
    };
    let chosen = probes.into_iter().find(fits);
    USE_COPY.store(chosen == Some(ReadCheck::Copy), Ordering::Relaxed);
    chosen.is_some()
}

fn distinguishes_pages(is_readable: fn(u64) -> bool) -> bool {
    // SAFETY: a fresh page that nothing else knows, and which nothing is in.
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

    /// Three pages, of which the second cannot be read and the third is unmapped.
    fn pages() -> u64 {
        let size = PAGE as usize;
        // SAFETY: fresh memory of this test's own; its first page stays mapped for ever.
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
            // SAFETY: writes one set, of the 8 bytes that the kernel's have.
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
        // SAFETY: this function runs until the end of it.
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
