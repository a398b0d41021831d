//! [`Recycle`] for std's types: how they are reset, and what they weigh.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;

use core::mem::needs_drop;

use super::idle_drop::of_cleared;
use super::{IdleDrop, Level, Recycle};
use crate::poison;

/// Bytes of `count` elements of type `T`, without the memory that they own themselves.
fn bytes_of<T>(count: usize) -> usize {
    count.saturating_mul(size_of::<T>())
}

macro_rules! recycled_by_clear {
    ($([$($parameter:ident),*] $type:ty, $element:ty, $room:ident, $filled:ident $(, and $state:ty)?;)*) => {$(
        impl<$($parameter),*> Recycle for $type {
            /// Clears it and keeps its capacity, if it has one.
            #[inline]
            fn recycle(&mut self) -> bool {
                self.clear();
                true
            }

            fn weight(&self) -> usize {
                bytes_of::<$element>(self.$room())
            }

            fn used(&self) -> usize {
                bytes_of::<$element>(self.$filled())
            }

            fn idle_drop() -> IdleDrop<Self> {
                $(if needs_drop::<$state>() {
                    return IdleDrop::on_users_threads();
                })?
                of_cleared::<Self, $element>()
            }
        }
    )*};
}

// Each line: generics, type, element for the weight, capacity and length; `and S` for the state of a hasher,
// which a cleared map keeps. A type without a capacity weighs nothing once it is cleared, so that its
// length stands for it.
recycled_by_clear! {
    [T] VecDeque<T>, T, capacity, len;
    [T] BinaryHeap<T>, T, capacity, len;
    [T] LinkedList<T>, (T, usize, usize), len, len;
    [T] BTreeSet<T>, T, len, len;
    [K, V] BTreeMap<K, V>, (K, V), len, len;
    [K, V, S] HashMap<K, V, S>, (K, V, u8), capacity, len, and S;
    [T, S] HashSet<T, S>, (T, u8), capacity, len, and S;
    [] OsString, u8, capacity, len;
}

impl Recycle for PathBuf {
    /// Clears it and keeps its capacity.
    #[inline]
    fn recycle(&mut self) -> bool {
        self.clear();
        true
    }

    fn weight(&self) -> usize {
        self.capacity()
    }

    fn used(&self) -> usize {
        self.as_os_str().len()
    }

    fn idle_drop() -> IdleDrop<Self> {
        IdleDrop::on_any_thread()
    }
}

impl<T> Recycle for Vec<T> {
    /// Clears it and keeps its capacity.
    #[inline]
    fn recycle(&mut self) -> bool {
        self.clear();
        true
    }

    fn weight(&self) -> usize {
        bytes_of::<T>(self.capacity())
    }

    fn used(&self) -> usize {
        bytes_of::<T>(self.len())
    }

    fn poison(&mut self) {
        poison::fill(self.spare_capacity_mut());
    }

    fn idle_drop() -> IdleDrop<Self> {
        of_cleared::<Self, T>()
    }
}

impl Recycle for String {
    /// Clears it and keeps its capacity.
    #[inline]
    fn recycle(&mut self) -> bool {
        self.clear();
        true
    }

    fn weight(&self) -> usize {
        self.capacity()
    }

    fn used(&self) -> usize {
        self.len()
    }

    fn poison(&mut self) {
        let mut bytes = std::mem::take(self).into_bytes();
        poison::fill(bytes.spare_capacity_mut());
        // What was in it stays valid; it was cleared before, most often.
        *self = String::from_utf8(bytes).unwrap_or_default();
    }

    fn idle_drop() -> IdleDrop<Self> {
        IdleDrop::on_any_thread()
    }
}

impl<T: Recycle + ?Sized> Recycle for Box<T> {
    /// Recycles what is in it, which keeps its place on the heap.
    #[inline]
    fn recycle(&mut self) -> bool {
        (**self).recycle()
    }

    fn weight(&self) -> usize {
        size_of_val(&**self).max((**self).weight())
    }

    fn used(&self) -> usize {
        size_of_val(&**self).max((**self).used())
    }

    fn poison(&mut self) {
        (**self).poison();
    }
}

impl<T: Recycle> Recycle for Option<T> {
    /// Recycles what is in it; `None` stays `None`.
    #[inline]
    fn recycle(&mut self) -> bool {
        self.as_mut().is_none_or(T::recycle)
    }

    fn weight(&self) -> usize {
        self.as_ref().map_or(0, T::weight)
    }

    fn used(&self) -> usize {
        self.as_ref().map_or(0, T::used)
    }

    fn poison(&mut self) {
        self.iter_mut().for_each(T::poison);
    }

    fn idle_drop() -> IdleDrop<Self> {
        IdleDrop::of(T::idle_drop().level())
    }
}

impl<T: Recycle, const N: usize> Recycle for [T; N] {
    /// Recycles every element; refuses if one does.
    #[inline]
    fn recycle(&mut self) -> bool {
        self.iter_mut()
            .fold(true, |keep, element| element.recycle() & keep)
    }

    fn weight(&self) -> usize {
        self.iter().map(T::weight).fold(0, usize::saturating_add)
    }

    fn used(&self) -> usize {
        self.iter().map(T::used).fold(0, usize::saturating_add)
    }

    fn poison(&mut self) {
        self.iter_mut().for_each(T::poison);
    }

    fn idle_drop() -> IdleDrop<Self> {
        IdleDrop::of(T::idle_drop().level())
    }
}

impl Recycle for () {
    /// Has nothing to do.
    #[inline]
    fn recycle(&mut self) -> bool {
        true
    }

    fn weight(&self) -> usize {
        0
    }
}

macro_rules! recycled_in_parts {
    ($($part:ident $index:tt),*) => {
        impl<$($part: Recycle),*> Recycle for ($($part,)*) {
            /// Recycles every part; refuses if one does.
            #[inline]
            fn recycle(&mut self) -> bool {
                // Every part, also behind one that refuses.
                $(self.$index.recycle() &)* true
            }

            fn weight(&self) -> usize {
                [$(self.$index.weight()),*].into_iter().fold(0, usize::saturating_add)
            }

            fn used(&self) -> usize {
                [$(self.$index.used()),*].into_iter().fold(0, usize::saturating_add)
            }

            fn poison(&mut self) {
                $(self.$index.poison();)*
            }

            fn idle_drop() -> IdleDrop<Self> {
                let parts = [$($part::idle_drop().level()),*];
                IdleDrop::of(parts.into_iter().fold(Level::AnyThread, Level::min))
            }
        }
    };
}

recycled_in_parts!(A 0);
recycled_in_parts!(A 0, B 1);
recycled_in_parts!(A 0, B 1, C 2);
recycled_in_parts!(A 0, B 1, C 2, D 3);
recycled_in_parts!(A 0, B 1, C 2, D 3, E 4);
recycled_in_parts!(A 0, B 1, C 2, D 3, E 4, F 5);
recycled_in_parts!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
recycled_in_parts!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
