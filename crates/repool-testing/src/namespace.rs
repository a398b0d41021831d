//! Namespaces of process numbers.

/// Makes each child that the calling thread forks from now on number 1 of a namespace of its own; `false` if
/// the system refuses. The thread cannot start another thread afterwards.
pub fn children_are_first_of_a_namespace() -> bool {
    // SAFETY: no preconditions.
    unsafe { libc::unshare(libc::CLONE_NEWPID) == 0 }
}
