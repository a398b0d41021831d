//! Checks whether a limited address space (`ulimit -v`, `ulimit -d`) has room for the profiler.
//!
//! A failed allocation in Rust aborts the program. So a profiler does not start, and writes no
//! profile, unless the limit leaves more than the profiler may need. Its tables reserve a share of
//! the rest. `session` asks before a start, `pprof` and `env` before a profile is written.

use std::collections::BTreeSet;
use std::{env, fmt, fs, io};

use crate::{pages, unwind};

/// Bytes of address space that one more thread takes: its heap, for which glibc reserves 64 MiB
/// (`HEAP_MAX_SIZE` on 64-bit systems; twice that for a moment), and its stack.
const THREAD: u64 = 128 << 20;

/// Bytes of address space that a symbol lookup takes for each byte of the program's files. Mapping
/// takes 1 and the heap about 1 (measured 2026-11-27: 52 MB for a program of 26 MB); compressed
/// sections take several times their size.
const FILES: u64 = 4;

/// The tables may reserve 1/`SHARE` of the address space that remains beyond what is needed. The
/// rest is left to the program.
const SHARE: u64 = 4;

/// The limit of the address space leaves less than the profiler may need. Both figures are bytes.
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

/// Checks the room to start a profiler, with one thread that waits for signals and one that writes.
/// Returns the most bytes that the tables may reserve: `u64::MAX` if there is no limit.
pub(crate) fn check_start() -> Result<u64, AddressSpaceError> {
    remaining_after(2 * THREAD).map(|rest| if rest == u64::MAX { rest } else { rest / SHARE })
}

/// Checks the room to write a profile on a new thread.
pub(crate) fn check_write() -> Result<(), AddressSpaceError> {
    remaining_after(THREAD).map(drop)
}

/// Bytes that remain after `threads` bytes are taken and the program's symbols are looked up.
fn remaining_after(threads: u64) -> Result<u64, AddressSpaceError> {
    let Some(left) = pages::address_space_left() else {
        return Ok(u64::MAX);
    };
    // A set, because one file may be several modules. With `current_exe`, because before the first
    // sample the program is not in the list of modules.
    let modules = unwind::modules()
        .into_iter()
        .map(|module| module.path().to_owned());
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
