//! The contenders: pools and free lists that keep buffers for reuse.

use std::cell::RefCell;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use repool::{Pool, Pooled};

/// A pool of buffers. A buffer returns to it when its guard is dropped, and need not be empty when it is
/// reused.
pub trait Contender: Sync {
    /// The guard of a buffer in use.
    type Held<'a>: DerefMut<Target = Vec<u8>>
    where
        Self: 'a;

    /// Returns a buffer, reused or new.
    fn get(&self) -> Self::Held<'_>;

    /// Ends a period: sweeps, if the contender can.
    fn sweep(&self) {}
}

static CREATED: AtomicU64 = AtomicU64::new(0);

/// The number of buffers created so far by all contenders.
pub fn created() -> u64 {
    CREATED.load(Relaxed)
}

/// Creates and counts an empty buffer without memory.
pub fn empty() -> Vec<u8> {
    CREATED.fetch_add(1, Relaxed);
    Vec::new()
}

/// Creates and counts a buffer of the burst's size.
pub fn object() -> Vec<u8> {
    CREATED.fetch_add(1, Relaxed);
    Vec::with_capacity(crate::heap::OBJECT)
}

impl Contender for Pool<Vec<u8>> {
    type Held<'a> = Pooled<'a, Vec<u8>>;

    fn get(&self) -> Self::Held<'_> {
        Pool::get(self)
    }

    fn sweep(&self) {
        Pool::sweep(self);
    }
}

/// The crate `object-pool`: a stack behind a mutex, which never drops idle objects.
pub struct ObjectPool {
    objects: object_pool::Pool<Vec<u8>>,
    create: fn() -> Vec<u8>,
}

impl ObjectPool {
    pub fn new(create: fn() -> Vec<u8>) -> Self {
        ObjectPool {
            objects: object_pool::Pool::new(0, create),
            create,
        }
    }
}

impl Contender for ObjectPool {
    type Held<'a> = object_pool::Reusable<'a, Vec<u8>>;

    fn get(&self) -> Self::Held<'_> {
        self.objects.pull(self.create)
    }
}

thread_local! {
    static STACK: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A hand-written thread-local stack of buffers; a thread's are freed when it ends.
pub struct LocalStack(pub fn() -> Vec<u8>);

/// A buffer of a [`LocalStack`].
pub struct Local(Vec<u8>);

impl Contender for LocalStack {
    type Held<'a> = Local;

    fn get(&self) -> Local {
        Local(STACK.with_borrow_mut(Vec::pop).unwrap_or_else(self.0))
    }
}

impl Deref for Local {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Local {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        STACK.with_borrow_mut(|stack| stack.push(mem::take(&mut self.0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A returned buffer is reused with its memory, and two buffers in use are distinct.
    fn is_reused(contender: impl Contender) {
        let mut first = contender.get();
        let second = contender.get();
        first.resize(1000, 1);
        assert!(second.is_empty());
        drop(first);
        assert!(contender.get().capacity() >= 1000);
        contender.sweep();
    }

    #[test]
    fn buffers_are_reused() {
        is_reused(Pool::new_static(empty));
        is_reused(ObjectPool::new(empty));
        is_reused(LocalStack(empty));
    }
}
