//! Folds the innermost frames of crates that only allocate for their callers: collections and byte
//! buffers, whose memory is the caller's.

use crate::pipeline::runtime_frames::{function_crate, is_folded_crate};
use crate::profile::Profile;
use crate::profile::StringId;

/// Crates of collections beside those that the profiler folds itself.
const CRATES: &[&str] = &[
    BYTES,
    "ahash",
    "compact_str",
    "dashmap",
    "halfbrown",
    "smol_str",
    "tinyvec",
];

/// The crate of `Bytes` and `BytesMut`.
const BYTES: &str = "bytes";

/// What an innermost frame is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Of the crate `bytes`.
    Bytes,
    /// Of another crate of collections.
    Collection,
    /// Of std or another crate that the profiler folds: between a collection and its caller.
    Std,
    /// Any other.
    Other,
}

/// Classifies functions by their names, each name once.
pub(super) struct Collections<'a> {
    frame_of: Box<dyn FnMut(StringId) -> Frame + 'a>,
}

impl<'a> Collections<'a> {
    /// The collections among the functions of a profile.
    pub(super) fn of(profile: &'a Profile) -> Self {
        let classify = |name: &str| match function_crate(name) {
            Some(BYTES) => Frame::Bytes,
            Some(name) if CRATES.contains(&name) => Frame::Collection,
            Some(name) if is_folded_crate(name) => Frame::Std,
            _ => Frame::Other,
        };
        Self {
            frame_of: Box::new(profile.strings.memoize(classify)),
        }
    }

    /// The number of frames that remain of a stack, whose functions are given from the outermost to
    /// the innermost, and whether `bytes` allocated. At least one frame remains.
    pub(super) fn fold(
        &mut self,
        names: impl DoubleEndedIterator<Item = StringId> + ExactSizeIterator,
    ) -> (usize, bool) {
        let all = names.len();
        let (mut folded, mut is_of_bytes) = (0, false);
        for (index, name) in names.rev().enumerate() {
            match (self.frame_of)(name) {
                Frame::Bytes => (folded, is_of_bytes) = (index + 1, true),
                Frame::Collection => folded = index + 1,
                Frame::Std if folded == index => folded = index + 1,
                Frame::Std => {}
                Frame::Other => break,
            }
        }
        // If every frame is a collection's, there is no caller to charge.
        if folded == all {
            return (all, is_of_bytes);
        }
        (all - folded, is_of_bytes)
    }
}
