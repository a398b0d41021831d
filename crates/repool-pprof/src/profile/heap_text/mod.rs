//! Heap profiles as text: what gperftools and its tcmalloc write, and jemalloc.
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
//! Before `@` are the objects and bytes in use and, in brackets, those ever allocated; behind it is
//! how they were sampled, or the stack, the innermost first, as return addresses. `heapprofile`,
//! `growth` and `fragmentation` count everything; `heap_v2` and `heapz_v2` have what was sampled,
//! one sample in so many bytes in the mean, and `heap` one in half as many.
//!
//! jemalloc (`heap_v2/524288` is the first line) has a stack on a line of its own, and then the
//! figures of all threads (`t*`) and of each:
//!
//! ```text
//! @ 0x401000 0x402000
//!   t*: 2: 2048 [3: 3072]
//!   t0: 2: 2048 [3: 3072]
//! ```
//!
//! The result is what Go's pprof makes of the same file (`profile/legacy_profile.go`): its sample
//! types, its estimates of what was not sampled, its mappings, and the allocator's functions that it
//! drops. pprof itself does not read jemalloc's form; that counts as the same figures in
//! gperftools' form. Functions have no names in such files.

mod drop_frames;
mod gperftools;
mod jemalloc;
mod lines;
mod maps;
mod others;
mod stacks;

use super::Profile;
use super::error::Problem;
use lines::Lines;
pub(super) use others::other_format;

/// The most bytes that the first line may have, so that large files of other formats are not searched
/// for its end. gperftools writes 80.
const LONGEST_HEADER: usize = 4096;

/// Reads a heap profile as text; `None` if it is none.
pub(super) fn read(data: &[u8]) -> Option<Result<Profile, Problem>> {
    let head = &data[..data.len().min(LONGEST_HEADER)];
    let is_text = head.contains(&b'\n') || data.len() < LONGEST_HEADER;
    if !is_text || !head.windows(4).any(|word| word == b"heap") {
        return None;
    }
    let mut lines = Lines::new(data);
    let first = lines.next()?;
    if let Some(sampling) = jemalloc::header(&first.text) {
        return Some(jemalloc::read(sampling, lines));
    }
    let header = gperftools::header(&first.text)?;
    Some(header.and_then(|header| gperftools::read(&header, lines)))
}
