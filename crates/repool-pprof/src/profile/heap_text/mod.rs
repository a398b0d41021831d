//! Parses heap profiles as text: those of gperftools with its tcmalloc, and those of jemalloc.
//!
//! gperftools:
//!
//! ```text
//! heap profile:      2:     2048 [     3:     3072] @ heap_v2/524288
//!      2:     2048 [     3:     3072] @ 0x401000 0x402000
//!
//! MAPPED_LIBRARIES:
//! 00400000-00500000 r-xp 00000000 08:01 123 /bin/app
//! ```
//!
//! Before `@` are the objects and bytes in use and, in brackets, those allocated since the start.
//! Behind it is, on the first line, the kind of profile; on other lines, the stack as return
//! addresses, the innermost first. `heapprofile`, `growth` and `fragmentation` count every block.
//! `heap_v2` and `heapz_v2` have sampled blocks; the number is the mean number of bytes between
//! samples. In `heap`, the number is twice that.
//!
//! jemalloc, with `heap_v2/524288` as the first line, has a stack on a line of its own, followed by
//! the values of all threads together (`t*`) and of each thread:
//!
//! ```text
//! @ 0x401000 0x402000
//!   t*: 2: 2048 [3: 3072]
//!   t0: 2: 2048 [3: 3072]
//! ```
//!
//! The result equals that of Go's pprof for the same file (`profile/legacy_profile.go`): sample
//! types, estimates from samples, mappings, and the allocation functions that tables drop. pprof
//! does not read jemalloc's form; a file of that form has the result of the same values in
//! gperftools' form. Such files have no function names; `symbolize` adds them.
//!
//! `gperftools` and `jemalloc` parse one form each, with `builder` and `memory_map`. `others`
//! recognizes formats that are not read.

mod builder;
mod drop_frames;
mod gperftools;
mod jemalloc;
mod lines;
mod memory_map;
mod others;

use super::Profile;
use super::error::ReadErrorKind;
use lines::TextLines;
pub(super) use others::other_format;

/// The most bytes of the first line, so that no large file of another format is searched for a line
/// break. gperftools writes about 80 bytes.
const MAX_HEADER: usize = 4096;

/// Parses a heap profile as text; `None` if the data have another format.
pub(super) fn read(data: &[u8]) -> Option<Result<Profile, ReadErrorKind>> {
    let head = &data[..data.len().min(MAX_HEADER)];
    let is_text = head.contains(&b'\n') || data.len() < MAX_HEADER;
    if !is_text || !head.windows(4).any(|word| word == b"heap") {
        return None;
    }
    let mut lines = TextLines::new(data);
    let first = lines.next()?;
    if let Some(rate) = jemalloc::header(&first.text) {
        return Some(jemalloc::read(rate, lines));
    }
    let header = gperftools::header(&first.text)?;
    Some(header.and_then(|header| gperftools::read(&header, lines)))
}
