//! Reading a stack that may not be one.

use core::arch::asm;

const PAGE: u64 = 4096;
/// Bytes below the stack pointer that a function may use and a signal leaves alone (System V ABI,
/// AMD64 supplement, 3.2.2). A register that was just restored is still saved there.
const RED_ZONE: u64 = 128;

/// The part of the stack that was not left behind yet.
pub(super) struct Stack {
    /// Nothing below is read.
    floor: u64,
    /// Two pages (their numbers) that can be read.
    page: u64,
    other_page: u64,
}

impl Stack {
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
        if page != self.page && page != self.other_page && !self.look_at(page) {
            return None;
        }
        // SAFETY: U1. Aligned, and in a page that can be read: that of a running function's frame
        // (`new`), or one that the kernel just read from. Volatile, for if it is no stack, others
        // may write there.
        Some(unsafe { core::ptr::with_exposed_provenance::<u64>(address as usize).read_volatile() })
    }

    #[cold]
    #[inline(never)]
    fn look_at(&mut self, page: u64) -> bool {
        let readable = is_readable(page * PAGE);
        if readable {
            self.other_page = self.page;
            self.page = page;
        }
        readable
    }
}

/// Whether the page of `address` can be read; asks the kernel.
///
/// It is asked to change the thread's signal mask in a way that does not exist, to the set at that
/// address. It reads the set before it looks at the way, and refuses with EFAULT if it cannot, else
/// with EINVAL (`kernel/signal.c`, `rt_sigprocmask`). The idea is Abseil's
/// (`absl/debugging/internal/address_is_readable.cc`). Without libc, so `errno` stays as it is.
pub(super) fn is_readable(address: u64) -> bool {
    let answer: i64;
    // SAFETY: the call fails for any address, since there is no way −1 (nothing is written and no
    // mask changes); a system call changes rax, rcx, r11 and the flags, and uses no stack.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") libc::SYS_rt_sigprocmask => answer,
            in("rdi") -1_i64,
            in("rsi") address & !7,
            in("rdx") 0_u64,
            in("r10") 8_u64,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack, readonly),
        );
    }
    answer == -i64::from(libc::EINVAL)
}

/// Whether the kernel answers as it should; a sandbox may not.
pub(super) fn can_ask() -> bool {
    // SAFETY: a fresh page that nobody else knows, and which nothing is in.
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
        assert!(is_readable(start) && is_readable(start + PAGE - 1));
        assert!(!is_readable(start + PAGE), "PROT_NONE");
        assert!(!is_readable(start + 2 * PAGE), "unmapped");
        assert!(!is_readable(0) && !is_readable(1 << 63) && !is_readable(u64::MAX));
        assert!(is_readable(c"text".as_ptr() as u64), "read-only");
        masked(&mut mask[1]);
        assert_eq!(mask[0], mask[1]);
    }

    #[test]
    fn reads_upwards_where_it_can() {
        let start = pages();
        let here = 0_u64;
        // SAFETY: this function runs until the end of it.
        let mut stack = unsafe { Stack::new(&raw const here as u64) };
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
