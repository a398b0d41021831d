//! Forked children.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Seconds after which a signal ends a child that hangs, which its parent sees.
const AT_MOST: u32 = 60;

/// Forks. The child calls `work` and exits with 0, or with 1 if `work` panics. Panics if the child did not
/// exit with 0.
pub fn in_a_fork(work: impl FnOnce()) {
    // SAFETY: the child runs `work` only, and leaves by `_exit`, past the test harness.
    unsafe {
        let child = libc::fork();
        assert!(child >= 0, "{}", std::io::Error::last_os_error());
        if child == 0 {
            libc::alarm(AT_MOST);
            let outcome = catch_unwind(AssertUnwindSafe(work));
            libc::_exit(i32::from(outcome.is_err()));
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        assert_eq!(status, 0, "the child failed");
    }
}
