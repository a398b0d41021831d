//! What happens to an object when it comes home.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;

/// Makes an object ready for its next user.
///
/// A pool calls it when an object comes home: when its guard is dropped, or it is
/// [put](crate::Pool::put). The next user must not be able to tell that the object was used
/// before, but for the memory it holds.
///
/// It is implemented for the collections and strings of std, which are cleared and keep their
/// capacity, and for boxes, options, arrays and tuples of what can be recycled.
///
/// ```
/// use repool::{Pool, Recycle};
///
/// #[derive(Default)]
/// struct Request {
///     id: u64,
///     body: Vec<u8>,
/// }
///
/// impl Recycle for Request {
///     fn recycle(&mut self) -> bool {
///         self.id = 0;
///         self.body.clear();
///         // A body that was huge once need not stay for ever.
///         self.body.capacity() <= 1 << 20
///     }
/// }
///
/// static REQUESTS: Pool<Request> = Pool::new(Request::default);
/// REQUESTS.get().body.extend_from_slice(b"GET /");
/// assert!(REQUESTS.get().body.is_empty());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is recycled",
    note = "implement `repool::Recycle` for it, or give the pool a function: \
            `Pool::with(create, recycle)` or `Pool::builder(create).recycle(…)`"
)]
pub trait Recycle {
    /// Makes `self` ready for its next user; `false` refuses it, and the pool drops it.
    ///
    /// # Panics
    ///
    /// It may: the object is then dropped and counted as discarded, and the panic goes on from
    /// where the guard was dropped or the object was put.
    fn recycle(&mut self) -> bool;
}

/// The third parameter of a [`Pool`](crate::Pool): what recycles its objects.
///
/// Either [`ByTrait`], or a function or closure `Fn(&mut T) -> bool`.
#[diagnostic::on_unimplemented(
    message = "this does not recycle `{T}`",
    note = "implement `repool::Recycle` for `{T}`, or give the pool a function: \
            `Pool::with(create, recycle)` or `Pool::builder(create).recycle(…)`"
)]
pub trait Recycler<T> {
    /// Makes `object` ready for its next user; `false` refuses it.
    fn recycle(&self, object: &mut T) -> bool;
}

/// Recycles by the type's own [`Recycle`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ByTrait;

impl<T: Recycle> Recycler<T> for ByTrait {
    #[inline(always)]
    fn recycle(&self, object: &mut T) -> bool {
        object.recycle()
    }
}

impl<T, G: Fn(&mut T) -> bool> Recycler<T> for G {
    #[inline(always)]
    fn recycle(&self, object: &mut T) -> bool {
        self(object)
    }
}

macro_rules! recycled_by_clear {
    ($([$($parameter:ident),*] $type:ty),* $(,)?) => {$(
        impl<$($parameter),*> Recycle for $type {
            /// Clears it and keeps its capacity, where it has one.
            #[inline]
            fn recycle(&mut self) -> bool {
                self.clear();
                true
            }
        }
    )*};
}

recycled_by_clear! {
    [T] Vec<T>, [T] VecDeque<T>, [T] BinaryHeap<T>, [T] LinkedList<T>, [T] BTreeSet<T>,
    [K, V] BTreeMap<K, V>, [K, V, S] HashMap<K, V, S>, [T, S] HashSet<T, S>,
    [] String, [] OsString, [] PathBuf,
}

impl<T: Recycle + ?Sized> Recycle for Box<T> {
    /// Recycles what is in it, which keeps its place on the heap.
    #[inline]
    fn recycle(&mut self) -> bool {
        (**self).recycle()
    }
}

impl<T: Recycle> Recycle for Option<T> {
    /// Recycles what is in it; `None` stays `None`.
    #[inline]
    fn recycle(&mut self) -> bool {
        self.as_mut().is_none_or(T::recycle)
    }
}

impl<T: Recycle, const N: usize> Recycle for [T; N] {
    /// Recycles every element; refuses if one does.
    #[inline]
    fn recycle(&mut self) -> bool {
        self.iter_mut()
            .fold(true, |keep, element| element.recycle() & keep)
    }
}

impl Recycle for () {
    /// Has nothing to do.
    #[inline]
    fn recycle(&mut self) -> bool {
        true
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
