//! The symbols of this process: one cache for all profiles that it writes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use repool_profile::symbols::{Frame, Module, Symbols};

use crate::hook_functions;

/// The process's symbols, kept because programs write profiles repeatedly.
static CACHE: LazyLock<Mutex<Symbols>> = LazyLock::new(Mutex::default);
/// Bytes that `CACHE` takes, which is read without its lock.
static MEMORY: AtomicUsize = AtomicUsize::new(0);

/// The process's symbols, after all of `frames` were looked up.
pub(crate) fn resolved(
    modules: &[Module],
    frames: &mut dyn Iterator<Item = Frame>,
) -> MutexGuard<'static, Symbols> {
    // Uses a poisoned lock: a panic in a lookup at worst leaves frames that are not cached.
    let mut symbols = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    symbols.fold(hook_functions::functions());
    symbols.resolve(modules, frames);
    MEMORY.store(symbols.memory(), Ordering::Relaxed);
    symbols
}

/// Bytes that the process's symbols take.
pub(crate) fn memory() -> usize {
    MEMORY.load(Ordering::Relaxed)
}
