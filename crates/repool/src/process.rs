//! The identity of the process, which differs in a forked child.
//!
//! A process number does not tell a child from its ancestors: the first child in a new namespace has
//! number 1 as its parent may have, and the kernel reuses numbers. So each process draws a number of its
//! own, and writes it to a page that the kernel zeroes in a child (`MADV_WIPEONFORK`, Linux 4.14). The
//! counter is in ordinary memory, which a child inherits, so that a child never draws the number of an
//! ancestor. The engines, the sweeper's handle and `repool-prof` use it.
//!
//! A child of `vfork` shares its parent's memory and has its parent's identity, so that it
//! takes nothing over. (It must not use a pool all the same: see the crate's documentation.) If the system refuses the
//! page (an old kernel, a sandbox, Miri, another system), the process number is used instead. That one
//! differs in a child of `vfork`, so there the portable engine does not take over what a live parent may
//! hold (`is_certain`). Limit: if a process forks on one thread in the same instant in which another
//! thread draws its number, the child may draw the same number.

#[cfg(any(not(target_os = "linux"), miri, all(test, repool_loom)))]
use number as source;
#[cfg(all(target_os = "linux", not(miri), not(all(test, repool_loom))))]
use page as source;

/// The calling process's identity, never 0: a few nanoseconds after the first call.
///
/// It takes no lock and does not allocate, so that signal handlers and allocators may call it.
pub fn id() -> u32 {
    source::id()
}

/// Whether identities are drawn numbers, and not process numbers. If so, an identity that differs from
/// [`id`]'s belongs to an ancestor, whose memory this process does not share. Call it after [`id`].
pub(crate) fn is_certain() -> bool {
    source::is_certain()
}

/// The identity is the process number: for systems without a page that a fork wipes.
#[cfg(any(not(target_os = "linux"), miri, all(test, repool_loom)))]
mod number {
    pub(super) fn id() -> u32 {
        std::process::id()
    }

    pub(super) fn is_certain() -> bool {
        false
    }
}

/// The identity is a number in a page that a fork wipes.
#[cfg(all(target_os = "linux", not(miri), not(all(test, repool_loom))))]
mod page {
    use core::ptr;
    use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

    /// The number in the page that a fork wipes; null before the first use.
    ///
    /// **P1.** Once not null, it points to `REFUSED` or to a page that stays mapped.
    static OWN: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
    /// The target of `OWN` if the system refused the page.
    static REFUSED: AtomicU32 = AtomicU32::new(0);
    /// The last number that this process or an ancestor of it has drawn.
    static DRAWN: AtomicU32 = AtomicU32::new(0);

    pub(super) fn id() -> u32 {
        let mut own = OWN.load(Ordering::Acquire);
        if own.is_null() {
            own = map();
        }
        if ptr::eq(own, &raw const REFUSED) {
            return std::process::id();
        }
        // SAFETY: P1.
        let own = unsafe { &*own };
        match own.load(Ordering::Relaxed) {
            0 => draw(own),
            id => id,
        }
    }

    pub(super) fn is_certain() -> bool {
        let own = OWN.load(Ordering::Acquire);
        !own.is_null() && !ptr::eq(own, &raw const REFUSED)
    }

    #[cold]
    fn draw(own: &AtomicU32) -> u32 {
        let next = DRAWN.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        // 0 means that nothing was drawn yet.
        let next = next.max(1);
        match own.compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => next,
            Err(first) => first,
        }
    }

    #[cold]
    fn map() -> *mut AtomicU32 {
        const SIZE: usize = 4096;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping; advice that is refused leaves it unchanged, and then it is unmapped.
        let page = unsafe {
            let page = libc::mmap(ptr::null_mut(), SIZE, access, kind, -1, 0);
            if page == libc::MAP_FAILED {
                None
            } else if libc::madvise(page, SIZE, libc::MADV_WIPEONFORK) == 0 {
                Some(page)
            } else {
                libc::munmap(page, SIZE);
                None
            }
        };
        let mine = match page {
            Some(page) => page.cast::<AtomicU32>(),
            None => (&raw const REFUSED).cast_mut(),
        };
        let placed =
            OWN.compare_exchange(ptr::null_mut(), mine, Ordering::AcqRel, Ordering::Acquire);
        let Err(other) = placed else { return mine };
        if let Some(page) = page {
            // SAFETY: mapped above, and no other thread has seen it.
            unsafe { libc::munmap(page, SIZE) };
        }
        other
    }
}

#[cfg(all(test, target_os = "linux", not(miri), not(repool_loom)))]
mod tests {
    use super::id;

    /// The result of `check` in a child made by a raw clone(2) with `flags`, which runs no handlers;
    /// `None` if the system refuses it.
    fn in_child(flags: libc::c_int, check: impl FnOnce() -> bool) -> Option<bool> {
        // SAFETY: as fork(2); the child calls `check` and leaves by `_exit`.
        unsafe {
            let child = libc::syscall(libc::SYS_clone, flags | libc::SIGCHLD, 0, 0, 0, 0);
            match child {
                0 => libc::_exit(i32::from(check())),
                -1 => None,
                child => {
                    let mut status = 0;
                    let waited = libc::waitpid(child as libc::pid_t, &raw mut status, 0);
                    assert_eq!(libc::c_long::from(waited), child);
                    assert!(libc::WIFEXITED(status));
                    Some(libc::WEXITSTATUS(status) == 1)
                }
            }
        }
    }

    #[test]
    fn no_descendant_has_an_ancestors_identity() {
        let own = id();
        assert_eq!(own, id());
        let differs = in_child(0, || {
            let childs = id();
            let grandchild = in_child(0, || ![own, childs].contains(&id()));
            childs != own && childs == id() && grandchild == Some(true)
        });
        assert_eq!(differs, Some(true));
        assert_eq!(own, id());
    }

    /// The process number of such a child is 1, which may also be its parent's.
    #[test]
    fn the_first_process_of_a_namespace_has_its_own_identity() {
        let own = id();
        let differs = in_child(libc::CLONE_NEWPID, || {
            // SAFETY: no preconditions. glibc would return the number it cached before the raw clone.
            let number = unsafe { libc::syscall(libc::SYS_getpid) };
            let childs = id();
            let first = in_child(libc::CLONE_NEWPID, || ![own, childs].contains(&id()));
            number == 1 && childs != own && first == Some(true)
        });
        match differs {
            Some(differs) => assert!(differs),
            None => eprintln!("skipped: a new process namespace needs more rights"),
        }
    }
}
