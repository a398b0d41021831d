//! The figures of a pool: how many objects it created, dropped and has, and the reasons. The engine counts
//! (`engine/counts.rs`); `prometheus` exposes them.

use core::fmt;
use core::sync::atomic::Ordering;

use crate::engine::counts::{DropReason, MissReason};
use crate::pool::Pool;

/// The figures of a pool at one moment, in objects.
///
/// Exact if no thread is in the middle of a call to the pool; otherwise each figure may be off by the
/// objects of those calls. They cost the fast path nothing: idle objects are counted where they are
/// cached, when figures are asked for.
///
/// `created + adopted = idle + in_use + dropped.total() + detached`
///
/// `{}` prints one line, `{:#}` also the reasons, in further lines. The feature `serde` serialises it,
/// the feature `prometheus`
#[cfg_attr(feature = "prometheus", doc = "[exposes](Stats::to_prometheus) it.")]
#[cfg_attr(not(feature = "prometheus"), doc = "exposes it.")]
///
/// ```
/// let pool = repool::Pool::new(Vec::<u8>::new);
/// let line = pool.get();
/// pool.put(Vec::new());
///
/// let stats = pool.stats();
/// assert_eq!((stats.created, stats.adopted), (1, 1));
/// assert_eq!((stats.idle, stats.in_use), (1, 1));
/// assert_eq!((stats.missed.cold, stats.missed.total()), (1, 1));
/// assert_eq!(
///     stats.to_string(),
///     "1 idle, 1 in use, 1 created, 1 adopted, 0 dropped, 0 detached"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Stats {
    /// Objects that the pool's `create` made, or the function given to
    /// [`Pool::get_or_try`](crate::Pool::get_or_try).
    pub created: usize,
    /// Objects given to [`Pool::put`](crate::Pool::put), whether the pool kept them or not.
    pub adopted: usize,
    /// The former name of the sum of [`dropped`](Stats::dropped).
    #[deprecated(since = "0.1.0", note = "use `dropped.total()`")]
    #[cfg_attr(feature = "serde", serde(skip))]
    #[doc(hidden)]
    pub discarded: usize,
    /// Objects that were taken out for good; see [`Pooled::detach`](crate::Pooled::detach).
    pub detached: usize,
    /// Objects in the pool.
    pub idle: usize,
    /// Objects in guards, or [reserved](crate::Pool::reserve); in a forked child, also those that the
    /// parent's other threads had at the moment of the fork.
    pub in_use: usize,
    /// Objects that the pool dropped, by reason.
    pub dropped: Dropped,
    /// Gets that found no idle object, by reason.
    pub missed: Missed,
    /// Bytes in idle objects, if the pool counts them. A [`BufPool`](crate::BufPool) counts each buffer as
    /// its class's capacity. A pool with [`max_idle_bytes`](crate::Pool::max_idle_bytes) counts the
    /// objects in the depot; those cached on CPUs add at most a quarter of the bound. `None` for all
    /// other pools, and with [`per_cpu`](crate::Pool::per_cpu): only the owner of an object may ask for
    /// its weight.
    pub idle_bytes: Option<usize>,
    /// The name of the pool; see [`Pool::name`](crate::Pool::name).
    pub name: Option<&'static str>,
}

/// How many objects a pool dropped, by reason; part of [`Stats`].
///
/// ```
/// let pool = repool::Pool::builder(|| 0).recycle(|n| *n < 10).build();
/// pool.put(1);
/// pool.put(10);
/// pool.clear();
///
/// let dropped = pool.stats().dropped;
/// assert_eq!((dropped.refused, dropped.cleared, dropped.total()), (1, 1, 2));
/// assert_eq!(dropped.to_string(), "1 refused, 1 cleared");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Dropped {
    /// `recycle` returned `false`, or panicked.
    pub refused: usize,
    /// The object was heavier than [`max_object_bytes`](crate::Pool::max_object_bytes), or an
    /// [outlier](crate::Pool::fade_outliers).
    pub heavy: usize,
    /// The pool had as many objects, or bytes, as it may keep.
    pub over_budget: usize,
    /// The pool had created one object too many, because of contention with other threads, and had
    /// enough idle objects when one was returned.
    pub surplus: usize,
    /// The object was idle from one sweep to the next.
    pub swept: usize,
    /// The object was idle in the parent of this forked process (see
    /// [`drop_on_fork`](crate::Pool::drop_on_fork)), or was returned while another thread of the
    /// process was taking the pool over.
    pub fork: usize,
    /// [`Pool::clear`](crate::Pool::clear) was called.
    pub cleared: usize,
}

impl Dropped {
    /// The objects dropped for any reason.
    ///
    /// ```
    /// assert_eq!(repool::Dropped::default().total(), 0);
    /// ```
    pub fn total(&self) -> usize {
        self.reasons().iter().map(|(count, _)| count).sum()
    }

    /// Each count and its name.
    pub(crate) fn reasons(&self) -> [(usize, &'static str); 7] {
        [
            (self.refused, "refused"),
            (self.heavy, "heavy"),
            (self.over_budget, "over budget"),
            (self.surplus, "surplus"),
            (self.swept, "swept"),
            (self.fork, "fork"),
            (self.cleared, "cleared"),
        ]
    }
}

/// How many gets found no idle object and called `create`, by reason; part of [`Stats`].
///
/// [`try_get`](crate::Pool::try_get), which never creates, is not counted.
///
/// # Hits
///
/// Hits are not counted, so that there is no hit rate. A hit commits one store on its CPU (a restartable
/// sequence has no more), and a count would be a second one: as costly as the get, and lost if the
/// thread is moved in between. Misses are exact, and are what costs time: watch misses per second, or
/// divide them by a number of gets that the program knows, such as its requests.
///
/// ```
/// let pool = repool::Pool::new(String::new);
/// let requests = 100;
/// (0..requests).for_each(|_| drop(pool.get()));
///
/// let hit_rate = 1.0 - pool.stats().missed.total() as f64 / f64::from(requests);
/// assert!(hit_rate > 0.9);
/// ```
///
/// # Examples
///
/// ```
/// let pool = repool::Pool::new(String::new);
/// drop((pool.get(), pool.get())); // it never had two
/// pool.clear();
/// drop(pool.get());               // it had them
///
/// let missed = pool.stats().missed;
/// assert_eq!((missed.cold, missed.empty, missed.contended), (2, 1, 0));
/// assert_eq!(missed.to_string(), "2 cold, 1 empty");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Missed {
    /// The pool had never had as many objects as were needed then: it was warming up.
    pub cold: usize,
    /// The pool once had as many, but has dropped some since: in a sweep, for a bound, by `recycle`.
    pub empty: usize,
    /// There were idle objects that were not available at once: they were cached on other CPUs, or other
    /// threads contended for them.
    pub contended: usize,
}

impl Missed {
    /// The misses for any reason.
    ///
    /// ```
    /// assert_eq!(repool::Missed::default().total(), 0);
    /// ```
    pub fn total(&self) -> usize {
        self.reasons().iter().map(|(count, _)| count).sum()
    }

    /// Each count and its name.
    pub(crate) fn reasons(&self) -> [(usize, &'static str); 3] {
        [
            (self.cold, "cold"),
            (self.empty, "empty"),
            (self.contended, "contended"),
        ]
    }
}

impl<T, F, R> Pool<T, F, R> {
    /// The pool's figures now. It looks at every CPU and every magazine, and stops no thread.
    ///
    /// ```
    /// let pool = repool::Pool::new(String::new);
    /// let name = pool.get();
    /// assert_eq!((pool.stats().idle, pool.stats().in_use), (0, 1));
    /// drop(name);
    /// assert_eq!((pool.stats().idle, pool.stats().in_use), (1, 0));
    /// ```
    pub fn stats(&self) -> Stats {
        self.stats_with(self.engine().idle())
    }

    /// As [`stats`](Pool::stats) without a look at the CPUs: `in_use` includes the idle objects.
    pub(crate) fn stats_without_idle(&self) -> Stats {
        self.stats_with(0)
    }

    fn stats_with(&self, idle: usize) -> Stats {
        let counts = self.engine().counts();
        let [created, adopted, detached] = [&counts.created, &counts.adopted, &counts.detached]
            .map(|count| count.load(Ordering::Relaxed));
        let tally = self.engine().tally();
        let dropped = |why| tally.map_or(0, |tally| tally.dropped(why));
        let missed = |miss| tally.map_or(0, |tally| tally.missed(miss));
        let dropped = Dropped {
            refused: dropped(DropReason::Refused),
            heavy: dropped(DropReason::Heavy),
            over_budget: dropped(DropReason::OverBudget) + counts.unplaced.load(Ordering::Relaxed),
            surplus: dropped(DropReason::Surplus),
            swept: dropped(DropReason::Swept),
            fork: dropped(DropReason::Fork),
            cleared: dropped(DropReason::Cleared),
        };
        let missed = Missed {
            cold: missed(MissReason::Cold),
            empty: missed(MissReason::Empty),
            contended: missed(MissReason::Contended),
        };
        let total_dropped = dropped.total();
        let in_use = (created.wrapping_add(adopted))
            .saturating_sub(total_dropped.wrapping_add(detached).wrapping_add(idle));
        #[allow(deprecated)] // the field is filled for one release more
        Stats {
            created,
            adopted,
            discarded: total_dropped,
            detached,
            idle,
            in_use,
            dropped,
            missed,
            idle_bytes: self.engine().raw.idle_bytes(),
            name: self.engine().name,
        }
    }
}

/// Writes the counts that are not 0, with their reasons; `none` if all are.
fn write_reasons(f: &mut fmt::Formatter<'_>, reasons: &[(usize, &str)]) -> fmt::Result {
    let mut between = "";
    for (count, reason) in reasons.iter().filter(|(count, _)| *count > 0) {
        write!(f, "{between}{count} {reason}")?;
        between = ", ";
    }
    match between {
        "" => f.write_str("none"),
        _ => Ok(()),
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_reasons(f, &self.reasons())
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_reasons(f, &self.reasons())
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name {
            write!(f, "{name}: ")?;
        }
        write!(
            f,
            "{} idle, {} in use, {} created, {} adopted, {} dropped, {} detached",
            self.idle,
            self.in_use,
            self.created,
            self.adopted,
            self.dropped.total(),
            self.detached
        )?;
        if f.alternate() {
            write!(f, "\n  dropped: {}", self.dropped)?;
            write!(f, "\n  missed: {}", self.missed)?;
        }
        Ok(())
    }
}
