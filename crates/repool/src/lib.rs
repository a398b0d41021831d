//! <!-- The front page is README.md. Its links are defined here as paths; definitions that come first
//! win, so rustdoc does not use those of the README, which lead to docs.rs. -->
//! [`Backend::Rseq`]: Backend::Rseq
//! [`Backend::Slots`]: Backend::Slots
//! [`BufPool`]: BufPool
//! [`BufPool::with_capacity`]: BufPool::with_capacity
//! [`OwnedPooled`]: OwnedPooled
//! [`Pool::builder`]: Pool::builder
//! [`Pool::clear`]: Pool::clear
//! [`Pool::drop_on_fork`]: Pool::drop_on_fork
//! [`Pool::fade_outliers`]: Pool::fade_outliers
//! [`Pool::get_or_try`]: Pool::get_or_try
//! [`Pool::get_owned`]: Pool::get_owned
//! [`Pool::get`]: Pool::get
//! [`Pool::max_idle_bytes`]: Pool::max_idle_bytes
//! [`Pool::max_idle`]: Pool::max_idle
//! [`Pool::max_object_bytes`]: Pool::max_object_bytes
//! [`Pool::new_static`]: Pool::new_static
//! [`Pool::new`]: Pool::new
//! [`Pool::per_cpu`]: Pool::per_cpu
//! [`Pool::prewarm`]: Pool::prewarm
//! [`Pool::reserve`]: Pool::reserve
//! [`Pool::sweep_every`]: Pool::sweep_every
//! [`Pool::sweep`]: Pool::sweep
//! [`Pool::with`]: Pool::with
//! [`Pool`]: Pool
//! [`Pooled`]: Pooled
//! [`Recycle`]: Recycle
//! [`Stats`]: Stats
//! [`Sweeper::spawn_for_process`]: Sweeper::spawn_for_process
//! [`Sweeper`]: Sweeper
//! [`backend()`]: backend()
//! [`init`]: init
#![doc = include_str!("../README.md")]
// Items say which feature they need, on docs.rs, which sets this.
#![cfg_attr(docsrs, feature(doc_cfg))]
// Twice the default. The compiler inlines calls of small functions in MIR only if it can follow all
// calls below the caller to this depth; without it a `BufPool` get and return has one instruction more
// (rustc 1.95; `ci/warm-path.sh`).
#![recursion_limit = "256"]
#![deny(unsafe_code)]

mod backend;
mod buf;
mod builder;
// Reads the system's clock.
#[allow(unsafe_code)]
mod clock;
// Restartable sequences, and objects cached for CPUs or threads: R1 to R3, S1 to S6, L1, C1 and C2.
#[allow(unsafe_code)]
mod cpu;
mod creation;
mod debug;
// Magazines by index, and the weights of objects in them: A1, W1.
#[allow(unsafe_code)]
mod depot;
// Boxes as pointers and back, and the registry of used pools: E1, D1 and G1 to G3.
#[allow(unsafe_code)]
mod engine;
mod forwarding;
// Takes the box out of a guard, once; `Sync` for guards.
#[allow(unsafe_code)]
mod guard;
// Reads objects by the pointers that the models use.
#[cfg(all(test, repool_loom))]
#[allow(unsafe_code)]
mod models;
// Takes the box and the `Arc` out of an owned guard, once; `Sync` for it.
#[allow(unsafe_code)]
mod owned;
// Writes to memory that holds no value.
#[allow(unsafe_code)]
mod poison;
mod pool;
// Maps the page that the kernel wipes in a fork: P1. `repool-prof` uses it too; it is not part of the
// public interface.
#[allow(unsafe_code)]
#[doc(hidden)]
pub mod process;
#[cfg(feature = "prometheus")]
mod prometheus;
mod recycle;
mod reservation;
mod setters;
mod stats;
// poll, eventfd, fstatfs and CPU affinities, in `kernel` alone.
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
#[allow(deprecated)]
pub use pool::FnPool;
pub use pool::{Pool, StaticPool};
#[cfg(feature = "prometheus")]
pub use prometheus::to_prometheus;
pub use recycle::{ByTrait, IdleDrop, Recycle, Recycler, Weighed};
pub use reservation::Reservation;
pub use stats::{Dropped, Missed, Stats};
pub use sweeper::{PressureError, Sweep, SweepCounts, Sweeper, SweeperHandle};
#[allow(deprecated)]
pub use sweeper::{Sweeping, Sweeps};
