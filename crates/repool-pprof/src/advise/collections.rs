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
            // The trait's crate implements it for the collection.
            _ if trait_crate(name).is_some_and(|of| !is_collection(of)) => Frame::Other,
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

/// Whether a crate is one of collections, or one that the profiler folds itself.
fn is_collection(name: &str) -> bool {
    CRATES.contains(&name) || is_folded_crate(name)
}

/// The crate of the trait of `<type as trait>::function`; `None` for other names.
fn trait_crate(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('<')?;
    let mut depth = 0_usize;
    for (at, letter) in inner.char_indices() {
        match letter {
            '<' | '(' | '[' => depth += 1,
            // An arrow's head closes nothing.
            '>' if inner[..at].ends_with('-') => {}
            '>' | ')' | ']' => depth = depth.checked_sub(1)?,
            ' ' if depth == 0 => {
                if let Some(of_trait) = inner[at..].strip_prefix(" as ") {
                    return of_trait.split_once("::").map(|(of, _)| of);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trait_is_of_its_crate() {
        for (name, of) in [
            ("<alloc::vec::Vec<T> as app::Rows>::rows", Some("app")),
            (
                "<alloc::vec::Vec<<T as dep::A>::B> as core::clone::Clone>::clone",
                Some("core"),
            ),
            (
                "<[T] as alloc::slice::SpecCloneIntoVec<T,A>>::clone_into",
                Some("alloc"),
            ),
            ("<fn() -> u8 as app::Call>::call", Some("app")),
            ("<alloc::vec::Vec<T>>::push", None),
            ("alloc::vec::Vec<T>::push", None),
            ("app::f::<<T as dep::A>::B>", None),
            ("<", None),
            ("", None),
        ] {
            assert_eq!(trait_crate(name), of, "{name}");
        }
    }
}
