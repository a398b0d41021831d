//! What the guards do as the object does: the traits that `Box<T>` and std's guards forward, decided
//! once for [`Pooled`] and [`OwnedPooled`].
//!
//! | trait | |
//! |---|---|
//! | `Deref`, `DerefMut`, `Debug`, `Display` | beside each guard |
//! | `AsRef<U>`, `AsMut<U>` | of whatever the object has, so that `Bytes::from_owner` takes an owned guard of a `Vec<u8>` |
//! | `Borrow<T>`, `BorrowMut<T>` | as `Box` |
//! | `PartialEq`, `Eq`, `PartialOrd`, `Ord`, `Hash` | as `Box`: guard with guard, by the objects |
//! | `IntoIterator` for `&` and `&mut` | of whatever a reference to the object has, for `for` loops |
//! | `Extend<A>` | the object's |
//! | `fmt::Write`, `io::Write`, `io::Read` | the object's, for functions that take a writer by value |
//! | `Clone`, `Default`, `From<T>`, `FromIterator` | left out: a guard comes from a pool |
//! | `Iterator`, `Future`, `Error`, `Fn` | left out: method calls reach the object through `Deref` |
//! | `IntoIterator` by value | left out: it would take the object out of the pool without a word |

use core::borrow::{Borrow, BorrowMut};
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use std::io;

use crate::guard::Pooled;
use crate::owned::OwnedPooled;
use crate::recycle::Recycler;

/// The traits of the table for one guard: its generics, and what it is.
macro_rules! forward {
    ([$($generics:tt)*], $guard:ty) => {
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

        impl<$($generics)*> Borrow<T> for $guard
        where
            R: Recycler<T>,
        {
            #[inline]
            fn borrow(&self) -> &T {
                self
            }
        }

        impl<$($generics)*> BorrowMut<T> for $guard
        where
            R: Recycler<T>,
        {
            #[inline]
            fn borrow_mut(&mut self) -> &mut T {
                self
            }
        }

        impl<$($generics)*> PartialEq for $guard
        where
            T: PartialEq,
            R: Recycler<T>,
        {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                T::eq(self, other)
            }
        }

        impl<$($generics)*> Eq for $guard
        where
            T: Eq,
            R: Recycler<T>,
        {
        }

        impl<$($generics)*> PartialOrd for $guard
        where
            T: PartialOrd,
            R: Recycler<T>,
        {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                T::partial_cmp(self, other)
            }
        }

        impl<$($generics)*> Ord for $guard
        where
            T: Ord,
            R: Recycler<T>,
        {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                T::cmp(self, other)
            }
        }

        impl<$($generics)*> Hash for $guard
        where
            T: Hash,
            R: Recycler<T>,
        {
            #[inline]
            fn hash<H: Hasher>(&self, state: &mut H) {
                T::hash(self, state);
            }
        }

        impl<$($generics)*, A> Extend<A> for $guard
        where
            T: Extend<A>,
            R: Recycler<T>,
        {
            #[inline]
            fn extend<I: IntoIterator<Item = A>>(&mut self, items: I) {
                T::extend(self, items);
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

        impl<$($generics)*> io::Write for $guard
        where
            T: io::Write,
            R: Recycler<T>,
        {
            #[inline]
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                T::write(self, bytes)
            }

            #[inline]
            fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
                T::write_all(self, bytes)
            }

            #[inline]
            fn write_vectored(&mut self, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
                T::write_vectored(self, parts)
            }

            #[inline]
            fn flush(&mut self) -> io::Result<()> {
                T::flush(self)
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

        forward!(by reference [$($generics)*], &'a $guard, &'a T);
        forward!(by reference [$($generics)*], &'a mut $guard, &'a mut T);
    };
    (by reference [$($generics:tt)*], $guard:ty, $object:ty) => {
        impl<'a, $($generics)*> IntoIterator for $guard
        where
            $object: IntoIterator,
            R: Recycler<T>,
        {
            type Item = <$object as IntoIterator>::Item;
            type IntoIter = <$object as IntoIterator>::IntoIter;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                (**self).into_iter()
            }
        }
    };
}

forward!(['p, T, R], Pooled<'p, T, R>);
forward!([T, F, R], OwnedPooled<T, F, R>);
