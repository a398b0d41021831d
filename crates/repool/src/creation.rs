//! Calls that create objects ahead of time, or by a function that may fail.

use crate::cpu::PopError;
use crate::cpu::Search;
use crate::engine::Node;
use crate::guard::Pooled;
use crate::pool::Pool;
use crate::recycle::Recycler;

impl<T, F: Fn() -> T, R: Recycler<T>> Pool<T, F, R> {
    /// Creates `n` objects now, so that the first gets need not, and returns how many of them the pool
    /// keeps. It stops at the first object that exceeds a bound of the pool, is
    /// [too heavy](Pool::max_object_bytes), or for which there is no memory.
    ///
    /// # Panics
    ///
    /// As `create` does; the objects created before stay in the pool.
    ///
    /// ```
    /// static LINES: repool::Pool<Vec<u8>> = repool::Pool::new(|| Vec::with_capacity(512));
    ///
    /// assert_eq!(LINES.prewarm(100), 100);
    /// assert_eq!(LINES.stats().idle, 100);
    /// ```
    pub fn prewarm(&self, n: usize) -> usize {
        self.engine().clear_excess();
        let keep_one = || {
            let object = Node::try_new(self.make()).ok()?;
            let object = self.admit_new(object, None);
            self.engine().keep(object).then_some(())
        };
        (0..n).map_while(|_| keep_one()).count()
    }
}

impl<T, F, R: Recycler<T>> Pool<T, F, R> {
    /// As [`get`](Pool::get), but if a new object is needed, `create` makes it instead of the pool's own
    /// function, and may fail.
    ///
    /// # Errors
    ///
    /// The error of `create`; the pool is unchanged then.
    ///
    /// # Panics
    ///
    /// As `create` does.
    ///
    /// ```
    /// use repool::{Pool, Pooled};
    /// use std::fs::File;
    /// use std::io;
    ///
    /// static LOGS: Pool<Option<Vec<u8>>> = Pool::new(|| None);
    ///
    /// let none: Result<Pooled<_>, io::Error> = LOGS.get_or_try(|| {
    ///     File::open("/no/such/file").map(|_| Some(Vec::new()))
    /// });
    /// assert!(none.is_err());
    /// assert_eq!(LOGS.stats().created, 0);
    /// ```
    pub fn get_or_try<E>(
        &self,
        create: impl FnOnce() -> Result<T, E>,
    ) -> Result<Pooled<'_, T, R>, E> {
        let object = match self.engine().get() {
            Some(object) => object,
            None => match self.engine().get_slow(Search::Polite) {
                Ok(object) => object,
                Err(without) => self.admit_new(Node::new(create()?), Some(without)),
            },
        };
        Ok(Pooled::new(object, self.engine()))
    }

    /// Counts an object that was just created, and the miss that it was created for.
    pub(crate) fn admit_new(
        &self,
        mut object: Box<Node<T>>,
        missed: Option<PopError>,
    ) -> Box<Node<T>> {
        self.engine().weigh_new(&mut object);
        self.engine().add_created(missed);
        object
    }

    /// A guard for an object that the caller created for this pool, and counts it; `missed` says why a
    /// get found no idle one.
    pub(crate) fn guard_new(&self, object: T, missed: Option<PopError>) -> Pooled<'_, T, R> {
        Pooled::new(self.admit_new(Node::new(object), missed), self.engine())
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn prewarmed_objects_are_no_surplus() {
        let pool = Pool::new(Vec::<u8>::new);
        pool.put(Vec::new());
        // As a get does after contention.
        pool.admit_new(Node::new(Vec::new()), Some(PopError::Contended));
        assert_eq!(pool.prewarm(100), 100);
    }

    #[test]
    fn objects_created_while_none_was_idle_are_no_surplus() {
        let pool = Pool::new(Vec::<u8>::new);
        let mut held: Vec<_> = (0..100).map(|_| pool.get()).collect();
        let made = pool.admit_new(Node::new(Vec::new()), Some(PopError::Contended));
        held.push(Pooled::new(made, pool.engine()));
        drop(held);
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.missed.contended), (101, 0), "{stats:#}");
    }
}
