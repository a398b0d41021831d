//! A typed object pool that is faster than the allocator: Go's `sync.Pool`, made for Rust.
//!
//! ```
//! use repool::Pool;
//!
//! // A static of 192 bytes; nothing on the heap until it is used.
//! static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
//!
//! let mut line = LINES.get();          // an idle buffer, or a new one
//! line.extend_from_slice(b"hello");
//! drop(line);                          // cleared, and home
//!
//! assert_eq!(LINES.stats().to_string(),
//!     "1 idle, 0 in use, 1 created, 0 adopted, 0 discarded, 0 detached");
//! ```
//!
//! - [`Pool`] holds the objects. [`Pool::get`] lends one out as a [`Pooled`], which goes home
//!   when it is dropped; [`Pool::get_owned`] as an [`OwnedPooled`], which is `'static`.
//! - [`BufPool`] lends byte buffers of any size: `BUFS.get(len)` is an empty `Vec<u8>` with room
//!   for `len`, from one of 81 size classes between 64 bytes and 64 MiB. With the feature `bytes` it
//!   becomes a `Bytes` that brings the buffer home with its last clone or slice.
//! - [`Recycle`] makes an object ready for its next user. Std's collections and strings have it;
//!   for other types write it, or give the pool a function: [`Pool::with`] in a `static`,
//!   [`Pool::builder`] where closures capture.
//! - [`Stats`] tells what a pool holds, and why objects came and went; [`backend()`] what it runs
//!   on.
//!
//! # What it keeps
//!
//! What recent demand needs. A [sweep](Pool::sweep) drops what was not used since the one before.
//! Calls that go beyond what is cached on their CPU do one [every 30 seconds](Pool::sweep_every), and
//! so do ordinary returns to a pool with one of the settings below, but for `max_idle`. Pools that fall
//! idle or never go beyond what is cached keep what they have, unless a [`Sweeper`] sweeps them: one
//! line starts it [for every pool of the process](Sweeper::spawn_for_process), by time and under memory
//! pressure.
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! let _sweeping = repool::Sweeper::new().on_memory_pressure().spawn_for_process()?;
//! # Ok(())
//! # }
//! ```
//!
//! Where that is not enough, a pool can be held
//! to a number of objects ([`max_idle`](Pool::max_idle), [`per_cpu`](Pool::per_cpu)) or bytes
//! ([`max_idle_bytes`](Pool::max_idle_bytes)), and need not keep what one huge request grew
//! ([`max_object_bytes`](Pool::max_object_bytes), [`fade_outliers`](Pool::fade_outliers)).
//!
//! ```
//! use repool::Pool;
//!
//! static BODIES: Pool<Vec<u8>> =
//!     Pool::from_fn(Vec::new).max_idle_bytes(64 << 20).fade_outliers().name("bodies");
//! # BODIES.get();
//! ```
//!
//! # Ahead of time
//!
//! [`Pool::prewarm`] creates now what the first gets would; what is [reserved](Pool::reserve)
//! cannot fail later; [`Pool::get_or_try`] is for objects whose making can fail.
//!
//! # What it costs
//!
//! A warm get and return is some forty instructions, none of them atomic read-modify-writes: on
//! Linux each CPU has its own objects, used in restartable sequences ([`Backend::Rseq`]).
//! Elsewhere it is two such instructions ([`Backend::Slots`]). An object that is taken on one CPU
//! and comes home on another costs its share in moving a magazine of thirty.
//!
//! Nothing blocks, after the first use, which asks the system what it has: no get or return needs
//! another thread to go on, whatever state that thread is in. A get that finds nothing because
//! another thread is just then moving objects (a sweep, say) lets it go first, for 50 microseconds
//! at most. ([`Pool::clear`] and [`Pool::sweep`] let others go first, for a bounded time; creating
//! an object waits for the allocator as it may.) Pools work in thread-local destructors, after a
//! fork, and with any number of threads.
//!
//! # In a sandbox
//!
//! A process that confines itself by a seccomp filter calls [`init`] before: it asks the system what
//! the first use of a pool would, and its documentation lists the system calls that pools make after
//! it. A filter that kills the process for `membarrier` has to let that one pass, or
//! `REPOOL_BACKEND=slots` be set.
//!
//! # In tests
//!
//! In debug builds `REPOOL_DEBUG=drop,poison` in the environment makes pools harsher: one return in
//! four is refused, and what cleared buffers held is overwritten. Code that relies on what an
//! object was last used for then fails. A word that it does not know is a panic that names those
//! it does.
//!
//! # When not to use it
//!
//! Where one function owns the buffer from start to end, a plain `Vec` that is cleared and used
//! again is faster still, and simpler. Where an object is cheap to make and holds no memory,
//! there is nothing to save.
//!
//! # Safety
//!
//! Unsafe code is in the modules that this file allows it in, and nowhere else; each block says
//! which written invariant it rests on.
#![deny(unsafe_code)]

mod backend;
mod buf;
mod builder;
// Reads the system's clock.
#[allow(unsafe_code)]
mod clock;
// The seam to the kernel and to shared memory: R1, R2, S1 to S5, L1, C1 and C2.
#[allow(unsafe_code)]
mod cpu;
mod creation;
mod debug;
// Names magazines by number, and reads what objects weigh: A1, W1.
#[allow(unsafe_code)]
mod depot;
// Turns boxes into pointers and back: E1.
#[allow(unsafe_code)]
mod engine;
mod forwarding;
// Takes the box out of a guard once; Sync for guards.
#[allow(unsafe_code)]
mod guard;
mod limits;
// Reads objects through the pointers that the models pass.
#[cfg(all(test, repool_loom))]
#[allow(unsafe_code)]
mod models;
// Takes the box and the share out of an owned guard once; Sync for it.
#[allow(unsafe_code)]
mod owned;
// Writes to places that hold nothing.
#[allow(unsafe_code)]
mod poison;
mod pool;
// Maps the page that a fork wipes: P1. For `repool-prof` as well; not part of the public interface.
#[allow(unsafe_code)]
#[doc(hidden)]
pub mod process;
#[cfg(feature = "prometheus")]
mod prometheus;
mod recycle;
mod reservation;
mod stats;
// Poll, eventfd and fstatfs; within it, in `kernel` alone.
#[allow(unsafe_code)]
mod sweeper;
mod sync;

pub use backend::{Backend, backend, init, restarts};
pub use buf::BufPool;
pub use buf::owned::OwnedPooledBuf;
pub use buf::pooled::PooledBuf;
pub use buf::stats::BufStats;
pub use builder::Builder;
pub use guard::Pooled;
pub use owned::OwnedPooled;
pub use pool::{FnPool, Pool};
#[cfg(feature = "prometheus")]
pub use prometheus::to_prometheus;
pub use recycle::{ByTrait, IdleDrop, Recycle, Recycler, Weighed};
pub use reservation::Reservation;
pub use stats::{Dropped, Missed, Stats};
pub use sweeper::{PressureError, Sweep, Sweeper, Sweeping, Sweeps};
