//! Memory mapped from the system, because an allocator's hook must not allocate: [`Pages`] with an
//! owner, for a profiler's store, and [`LazyPages`] in statics, for the table of sampled blocks.
//!
//! Invariants:
//!
//! - P1: a `Pages` owns its mapping, `words` zeroed or written words that are readable and writable
//!   until it is dropped; nothing else has its address.
//! - P2: the pointer of a `LazyPages` is null, or the start of a mapping of `words` words that is
//!   never unmapped.

use std::io;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// An owned mapping of zeroed words. Each page takes memory only when it is first written to.
#[derive(Debug)]
pub(crate) struct Pages {
    start: NonNull<AtomicU64>,
    words: usize,
}

// SAFETY: `start` is owned (P1) and points to atomics, which any thread may use; `words` is a
// number.
unsafe impl Send for Pages {}
// SAFETY: as for `Send`; a shared `Pages` gives nothing but shared atomics.
unsafe impl Sync for Pages {}

impl Pages {
    /// Maps `words` zeroed words.
    #[cfg(target_os = "linux")]
    pub(crate) fn new(words: usize) -> io::Result<Self> {
        let too_large = || io::Error::from(io::ErrorKind::OutOfMemory);
        let bytes = words
            .checked_mul(size_of::<AtomicU64>())
            .ok_or_else(too_large)?;
        // SAFETY: a new mapping at an address that the kernel chooses overlaps nothing.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        NonNull::new(start.cast())
            .map(|start| Self { start, words })
            .ok_or_else(too_large)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn new(_: usize) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn bytes(&self) -> usize {
        self.words * size_of::<AtomicU64>()
    }
}

impl Deref for Pages {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: P1; zeroes are atomics, pages are aligned, and the slice lives no longer than
        // `self`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.words) }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        // SAFETY: P1; no slice of it exists, as each borrows `self`.
        unsafe {
            libc::munmap(self.start.as_ptr().cast(), self.bytes());
        }
    }
}

/// Bytes of address space that this process may still map, by `ulimit -v` (RLIMIT_AS) and
/// `ulimit -d` (RLIMIT_DATA). `None` if neither is set, or `/proc` cannot be read.
#[cfg(target_os = "linux")]
pub(crate) fn address_space_left() -> Option<u64> {
    let limits = [limit(libc::RLIMIT_AS), limit(libc::RLIMIT_DATA)];
    if limits == [None; 2] {
        return None;
    }
    // Counts of pages (proc(5)): field 0 is all that is mapped, field 5 is private and writable.
    let numbers = std::fs::read_to_string("/proc/self/statm").ok()?;
    let number = |field| numbers.split_whitespace().nth(field)?.parse::<u64>().ok();
    // SAFETY: no preconditions.
    let page = u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    let used = [number(0)?, number(5)?].map(|pages| pages.saturating_mul(page));
    let left = limits.into_iter().zip(used);
    left.filter_map(|(limit, used)| Some(limit?.saturating_sub(used)))
        .min()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn address_space_left() -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn limit(resource: libc::__rlimit_resource_t) -> Option<u64> {
    let mut limit = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: `limit` is writable.
    unsafe { libc::getrlimit(resource, &raw mut limit) };
    (limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

/// Pages that are mapped when first needed and never unmapped.
pub(crate) struct LazyPages {
    start: AtomicPtr<AtomicU64>,
    words: usize,
}

impl LazyPages {
    pub(crate) const fn new(words: usize) -> Self {
        Self {
            start: AtomicPtr::new(ptr::null_mut()),
            words,
        }
    }

    /// The words, if [`fill`](LazyPages::fill) has mapped them.
    #[inline]
    pub(crate) fn get(&self) -> Option<&[AtomicU64]> {
        let start = NonNull::new(self.start.load(Ordering::Acquire))?;
        // SAFETY: P2; zeroes are atomics, and pages are aligned.
        Some(unsafe { std::slice::from_raw_parts(start.as_ptr(), self.words) })
    }

    /// Maps the words, unless they are mapped.
    pub(crate) fn fill(&self) -> io::Result<()> {
        if self.get().is_some() {
            return Ok(());
        }
        let pages = ManuallyDrop::new(Pages::new(self.words)?);
        let (null, start) = (ptr::null_mut(), pages.start.as_ptr());
        // Release: a thread that loads the pointer may use the pages.
        if self
            .start
            .compare_exchange(null, start, Ordering::Release, Ordering::Relaxed)
            .is_err()
        {
            // Another thread has mapped them meanwhile.
            drop(ManuallyDrop::into_inner(pages));
        }
        Ok(())
    }

    /// Sets all words to zero and returns their memory to the system; the addresses stay mapped.
    /// Pages that the program locked (`mlock`) keep their memory.
    #[cfg(target_os = "linux")]
    pub(crate) fn clear(&self) {
        let Some(words) = self.get() else { return };
        // SAFETY: P2: the range is a private anonymous mapping, so its pages read as zero
        // afterwards; its words are atomics, which may change at any time.
        let answer = unsafe {
            let start = words.as_ptr().cast_mut().cast();
            libc::madvise(start, size_of_val(words), libc::MADV_DONTNEED)
        };
        if answer != 0 {
            words
                .iter()
                .for_each(|word| word.store(0, Ordering::Relaxed));
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn clear(&self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn locked_pages_are_cleared_as_others_are() {
        for locked in [false, true] {
            let kept = LazyPages::new(1024);
            assert!(kept.get().is_none());
            kept.fill().expect("there is memory");
            let words = kept.get().expect("filled");
            if locked {
                // SAFETY: locks two pages of this test's own; nothing else changes.
                let answer = unsafe { libc::mlock(words.as_ptr().cast(), size_of_val(words)) };
                assert_eq!(answer, 0, "{}", io::Error::last_os_error());
            }
            words
                .iter()
                .for_each(|word| word.store(7, Ordering::Relaxed));
            kept.clear();
            let zero = |word: &AtomicU64| word.load(Ordering::Relaxed) == 0;
            assert!(words.iter().all(zero), "locked: {locked}");
        }
    }
}
