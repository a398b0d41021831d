//! Which process this is: an identity that a fork cannot keep.
//!
//! A process number does not tell a child from its ancestors: the first child in a new namespace has
//! number 1 as its parent may have, and numbers are given again. So each process draws a number of its
//! own, and writes it into a page that the kernel hands to a child full of zeros (`MADV_WIPEONFORK`,
//! Linux 4.14). The counter that it draws from is in ordinary memory, which a child inherits: what it
//! draws, none of its ancestors has drawn. The engines, the sweeper's handle and `repool-prof` ask here.
//!
//! A child of `vfork`, which shares its parent's memory, has its parent's identity, so that it takes
//! nothing over. (It must not use a pool all the same: see the crate's documentation.) Where the page is
//! refused (an old kernel, a sandbox, Miri, another system), the process number has to do; it differs
//! in a child of `vfork`, so that the portable engine takes nothing over there that a live parent may
//! hold (`is_certain`). A process that forks on one thread at the very instant when another thread of
//! it asks for the first time may have a child that draws the same number.

#[cfg(any(not(target_os = "linux"), miri, all(test, repool_loom)))]
use number as source;
#[cfg(all(target_os = "linux", not(miri), not(all(test, repool_loom))))]
use page as source;

/// The calling process's identity, never 0: a few nanoseconds after the first call.
///
/// Takes no lock and no memory from the heap, so that signal handlers and allocators may call it.
pub fn id() -> u32 {
    source::id()
}

/// Whether identities are drawn, not process numbers: then one that differs from [`id`]'s belongs to an
/// ancestor, whose memory this process does not share. To be asked after [`id`].
pub(crate) fn is_certain() -> bool {
    source::is_certain()
}

/// The process number, where there is no page that a fork wipes.
#[cfg(any(not(target_os = "linux"), miri, all(test, repool_loom)))]
mod number {
    pub(super) fn id() -> u32 {
        std::process::id()
    }

    pub(super) fn is_certain() -> bool {
        false
    }
}

/// A number in a page that a fork wipes.
#[cfg(all(target_os = "linux", not(miri), not(all(test, repool_loom))))]
mod page {
    use core::ptr;
    use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

    /// The number in the page that a fork wipes; null before the first use.
    ///
    /// **P1.** Once not null, it points to `REFUSED` or to a page that stays mapped.
    static OWN: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
    /// What `OWN` points to if there is no such page.
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
        // SAFETY: a new mapping; advice that is refused leaves it as it is, and then it goes again.
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

    /// What `tell` says in a child made by a raw clone(2) with `flags`, which runs no handlers;
    /// `None` if the system refuses it.
    fn told_by_child(flags: libc::c_int, tell: impl FnOnce() -> bool) -> Option<bool> {
        // SAFETY: as fork(2); the child does `tell` and leaves by `_exit`.
        unsafe {
            let child = libc::syscall(libc::SYS_clone, flags | libc::SIGCHLD, 0, 0, 0, 0);
            match child {
                0 => libc::_exit(i32::from(tell())),
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
        let differs = told_by_child(0, || {
            let childs = id();
            let grandchild = told_by_child(0, || ![own, childs].contains(&id()));
            childs != own && childs == id() && grandchild == Some(true)
        });
        assert_eq!(differs, Some(true));
        assert_eq!(own, id());
    }

    /// The number of such a child is 1, which its parent may have as well.
    #[test]
    fn the_first_process_of_a_namespace_has_its_own_identity() {
        let own = id();
        let differs = told_by_child(libc::CLONE_NEWPID, || {
            // SAFETY: no preconditions. glibc does not know of the raw clone.
            let number = unsafe { libc::syscall(libc::SYS_getpid) };
            let childs = id();
            let first = told_by_child(libc::CLONE_NEWPID, || ![own, childs].contains(&id()));
            number == 1 && childs != own && first == Some(true)
        });
        match differs {
            Some(differs) => assert!(differs),
            None => eprintln!("skipped: a new process namespace needs more rights"),
        }
    }
}
