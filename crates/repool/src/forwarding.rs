//! The traits that a guard forwards to its object, as `Box<T>` and std's guards do: one list for [`Pooled`]
//! and [`OwnedPooled`], and for the guards of buffers, [`PooledBuf`] and [`OwnedPooledBuf`], whose object
//! is a `Vec<u8>`.
//!
//! | trait | |
//! |---|---|
//! | `Deref`, `DerefMut`, `Debug`, `Display` | in the file of each guard |
//! | `AsRef<U>`, `AsMut<U>` | for every `U` of the object, so that `Bytes::from_owner` accepts an owned guard of a `Vec<u8>`; a buffer's for `[u8]` |
//! | `Borrow<T>`, `BorrowMut<T>` | as `Box` |
//! | `PartialEq`, `Eq`, `PartialOrd`, `Ord`, `Hash` | as `Box`: compares the objects of two guards |
//! | `IntoIterator` for `&` and `&mut` | as a reference to the object, for `for` loops |
//! | `Extend<A>` | the object's |
//! | `fmt::Write`, `io::Write`, `io::Read` | the object's, for functions that take a writer by value |
//! | `Clone`, `Default`, `From<T>`, `FromIterator` | left out: only a pool makes a guard |
//! | `Iterator`, `Future`, `Error`, `Fn` | left out: method calls reach the object through `Deref` |
//! | `IntoIterator` by value | left out: it would detach the object silently |

use core::borrow::{Borrow, BorrowMut};
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use std::io;

use crate::buf::owned::OwnedPooledBuf;
use crate::buf::pooled::PooledBuf;
use crate::guard::Pooled;
use crate::owned::OwnedPooled;
use crate::recycle::Recycler;

/// Implements the traits of the table for one guard. Arguments: the generics, the guard's type, the object's
/// type, and the bounds on the generics.
macro_rules! forward {
    ([$($generics:tt)*], $guard:ty, $object:ty, [$($needs:tt)*]) => {
        impl<$($generics)*> Borrow<$object> for $guard
        where
            $($needs)*
        {
            #[inline]
            fn borrow(&self) -> &$object {
                self
            }
        }

        impl<$($generics)*> BorrowMut<$object> for $guard
        where
            $($needs)*
        {
            #[inline]
            fn borrow_mut(&mut self) -> &mut $object {
                self
            }
        }

        impl<$($generics)*> PartialEq for $guard
        where
            $object: PartialEq,
            $($needs)*
        {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                <$object as PartialEq>::eq(self, other)
            }
        }

        impl<$($generics)*> Eq for $guard
        where
            $object: Eq,
            $($needs)*
        {
        }

        // The object's own `PartialOrd`, which may differ from its `Ord`.
        #[allow(clippy::non_canonical_partial_ord_impl)]
        impl<$($generics)*> PartialOrd for $guard
        where
            $object: PartialOrd,
            $($needs)*
        {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                <$object as PartialOrd>::partial_cmp(self, other)
            }
        }

        impl<$($generics)*> Ord for $guard
        where
            $object: Ord,
            $($needs)*
        {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                <$object as Ord>::cmp(self, other)
            }
        }

        impl<$($generics)*> Hash for $guard
        where
            $object: Hash,
            $($needs)*
        {
            #[inline]
            fn hash<H: Hasher>(&self, state: &mut H) {
                <$object>::hash(self, state);
            }
        }

        impl<$($generics)* A> Extend<A> for $guard
        where
            $object: Extend<A>,
            $($needs)*
        {
            #[inline]
            fn extend<I: IntoIterator<Item = A>>(&mut self, items: I) {
                <$object>::extend(self, items);
            }
        }

        impl<$($generics)*> io::Write for $guard
        where
            $object: io::Write,
            $($needs)*
        {
            #[inline]
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                <$object>::write(self, bytes)
            }

            #[inline]
            fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
                <$object>::write_all(self, bytes)
            }

            #[inline]
            fn write_vectored(&mut self, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
                <$object>::write_vectored(self, parts)
            }

            #[inline]
            fn flush(&mut self) -> io::Result<()> {
                <$object>::flush(self)
            }
        }

        forward!(by reference [$($generics)*], &'a $guard, &'a $object, [$($needs)*]);
        forward!(by reference [$($generics)*], &'a mut $guard, &'a mut $object, [$($needs)*]);
    };
    (by reference [$($generics:tt)*], $guard:ty, $object:ty, [$($needs:tt)*]) => {
        impl<'a, $($generics)*> IntoIterator for $guard
        where
            $object: IntoIterator,
            $($needs)*
        {
            type Item = <$object as IntoIterator>::Item;
            type IntoIter = <$object as IntoIterator>::IntoIter;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                <$object as IntoIterator>::into_iter(self)
            }
        }
    };
    // Further traits of objects, which `Vec<u8>` does not have, or has for one type only.
    (of objects [$($generics:tt)*], $guard:ty) => {
        forward!([$($generics)*,], $guard, T, [R: Recycler<T>,]);

        impl<$($generics)*, U: ?Sized> AsRef<U> for $guard
        where
            T: AsRef<U>,
            R: Recycler<T>,
        {
            #[inline]
            fn as_ref(&self) -> &U {
                T::as_ref(self)
            }
        }

        impl<$($generics)*, U: ?Sized> AsMut<U> for $guard
        where
            T: AsMut<U>,
            R: Recycler<T>,
        {
            #[inline]
            fn as_mut(&mut self) -> &mut U {
                T::as_mut(self)
            }
        }

        impl<$($generics)*> fmt::Write for $guard
        where
            T: fmt::Write,
            R: Recycler<T>,
        {
            #[inline]
            fn write_str(&mut self, text: &str) -> fmt::Result {
                T::write_str(self, text)
            }
        }

        impl<$($generics)*> io::Read for $guard
        where
            T: io::Read,
            R: Recycler<T>,
        {
            #[inline]
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                T::read(self, bytes)
            }
        }
    };
    (of buffers [$($generics:tt)*], $guard:ty) => {
        forward!([$($generics)*], $guard, Vec<u8>, []);

        impl<$($generics)*> AsRef<[u8]> for $guard {
            #[inline]
            fn as_ref(&self) -> &[u8] {
                self
            }
        }

        impl<$($generics)*> AsMut<[u8]> for $guard {
            #[inline]
            fn as_mut(&mut self) -> &mut [u8] {
                self
            }
        }
    };
}

forward!(of objects ['p, T, R], Pooled<'p, T, R>);
forward!(of objects [T, F, R], OwnedPooled<T, F, R>);
forward!(of buffers ['p,], PooledBuf<'p>);
forward!(of buffers [], OwnedPooledBuf);
