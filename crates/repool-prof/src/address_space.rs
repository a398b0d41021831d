//! Whether a limited address space (`ulimit -v`, `ulimit -d`) has room for the profiler.
//!
//! What Rust allocates where there is no memory ends the program. So a profiler does not start, and
//! writes nothing, unless there is more room than it may take; and its tables take a part of the rest.

use std::collections::BTreeSet;
use std::{env, fmt, fs, io};

use crate::{pages, unwind};

/// Bytes, whatever the program: the heap of one more thread, for which glibc reserves 64 MiB
/// (`HEAP_MAX_SIZE` on 64-bit systems; twice that for a moment), and the thread's stack.
const THREAD: u64 = 128 << 20;

/// Looking up names takes the size of each file once to map it and about once on the heap (measured
/// 2026-11-27: 52 MB for a program of 26 MB); compressed sections take several times their size.
const FILES: u64 = 4;

/// The part of the room beyond what is needed that the tables may reserve: one in so many. The others
/// are the program's.
const SHARE: u64 = 4;

/// There is not enough room.
#[derive(Debug)]
pub(crate) struct AddressSpaceError {
    left: u64,
    needed: u64,
}

impl fmt::Display for AddressSpaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { left, needed } = self;
        write!(
            f,
            "the limit of this process's address space (ulimit -v) leaves {} KiB, and the profiler may \
             need {} KiB: raise the limit",
            left >> 10,
            needed.div_ceil(1024)
        )
    }
}

impl std::error::Error for AddressSpaceError {}

impl From<AddressSpaceError> for io::Error {
    fn from(error: AddressSpaceError) -> Self {
        io::Error::new(io::ErrorKind::OutOfMemory, error)
    }
}

/// Room to start, with a thread that waits for signals and one that writes: how many bytes the tables
/// may reserve at most. `u64::MAX` where nothing is limited.
pub(crate) fn check_start() -> Result<u64, AddressSpaceError> {
    remaining_after(2 * THREAD).map(|rest| if rest == u64::MAX { rest } else { rest / SHARE })
}

/// Room to write a profile on a new thread.
pub(crate) fn check_write() -> Result<(), AddressSpaceError> {
    remaining_after(THREAD).map(drop)
}

/// What is left when so many bytes are taken, and the names of the program are looked up.
fn remaining_after(threads: u64) -> Result<u64, AddressSpaceError> {
    let Some(left) = pages::address_space_left() else {
        return Ok(u64::MAX);
    };
    // A file may be several modules, and before the first sample the program is none.
    let modules = unwind::modules().into_iter().map(|module| module.path);
    let files: BTreeSet<_> = modules.chain(env::current_exe()).collect();
    let size = |path| fs::metadata(path).map_or(0, |file| file.len());
    let files: u64 = files.iter().map(size).sum();
    let needed = threads.saturating_add(files.saturating_mul(FILES));
    left.checked_sub(needed)
        .ok_or(AddressSpaceError { left, needed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_one_line() {
        let error = AddressSpaceError {
            left: 5 << 20,
            needed: (20 << 20) + 1,
        };
        let line = error.to_string();
        assert!(
            line.contains("leaves 5120 KiB") && line.contains("need 20481 KiB"),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1);
        assert_eq!(io::Error::from(error).to_string(), line);
    }
}
