//! How objects come to be: ahead of time, or in a way that may fail.

use crate::cpu::PopError;
use crate::cpu::Search;
use crate::engine::Node;
use crate::guard::Pooled;
use crate::pool::Pool;
use crate::recycle::Recycler;

impl<T, F: Fn() -> T, R: Recycler<T>> Pool<T, F, R> {
    /// Creates `n` objects now, so that the first gets need not. Returns how many of them the pool
    /// keeps; it stops at the first that it has no room for, or no memory, or that is
    /// [too heavy](Pool::max_object_bytes).
    ///
    /// # Panics
    ///
    /// As `create` does; what was created before stays.
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
    /// As [`get`](Pool::get), with `create` in place of the pool's own function where a new object
    /// is needed, which may fail.
    ///
    /// # Errors
    ///
    /// As `create` returns them; the pool is then as it was.
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

    /// Counts an object that was just created, and why a get had to.
    pub(crate) fn admit_new(
        &self,
        mut object: Box<Node<T>>,
        missed: Option<PopError>,
    ) -> Box<Node<T>> {
        self.engine().weigh_new(&mut object);
        self.engine().add_created(missed);
        object
    }

    /// Lends out an object that the caller made, as if this pool had, where a get missed.
    pub(crate) fn lend_new(&self, object: T, missed: Option<PopError>) -> Pooled<'_, T, R> {
        Pooled::new(self.admit_new(Node::new(object), missed), self.engine())
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_prewarmed_is_no_surplus() {
        let pool = Pool::new(Vec::<u8>::new);
        pool.put(Vec::new());
        // As a get does that met others.
        pool.admit_new(Node::new(Vec::new()), Some(PopError::Contended));
        assert_eq!(pool.prewarm(100), 100);
    }

    #[test]
    fn what_was_made_while_none_was_idle_is_no_surplus() {
        let pool = Pool::new(Vec::<u8>::new);
        let mut out: Vec<_> = (0..100).map(|_| pool.get()).collect();
        let made = pool.admit_new(Node::new(Vec::new()), Some(PopError::Contended));
        out.push(Pooled::new(made, pool.engine()));
        drop(out);
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.missed.contended), (101, 0), "{stats:#}");
    }
}
