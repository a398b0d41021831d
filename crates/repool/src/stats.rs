//! What a pool tells about itself.

use core::fmt;
use core::sync::atomic::Ordering;

use crate::engine::counts::{DropReason, MissReason};
use crate::pool::Pool;

/// The figures of a pool at one moment, in objects.
///
/// Exact whenever nobody is in the middle of a call to the pool; otherwise each may be off by
/// what those calls are about. They cost the fast path nothing: objects are counted where they
/// lie.
///
/// `created + adopted = idle + in_use + discarded + detached`
///
/// In one line as `{}`, with all reasons in several as `{:#}`. With the feature `serde` it can be
/// serialised, with the feature `prometheus` be
#[cfg_attr(feature = "prometheus", doc = "[exposed](Stats::to_prometheus).")]
#[cfg_attr(not(feature = "prometheus"), doc = "exposed.")]
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
///     "1 idle, 1 in use, 1 created, 1 adopted, 0 discarded, 0 detached"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Stats {
    /// Made by the pool's `create`, or by what took its place in
    /// [`Pool::get_or_try`](crate::Pool::get_or_try).
    pub created: usize,
    /// Brought in by [`Pool::put`](crate::Pool::put), whether it kept them or not.
    pub adopted: usize,
    /// Dropped by the pool, for any reason: the sum of [`dropped`](Stats::dropped).
    pub discarded: usize,
    /// Taken out for good; see [`Pooled::detach`](crate::Pooled::detach).
    pub detached: usize,
    /// Waiting in the pool.
    pub idle: usize,
    /// Lent out, or [reserved](crate::Pool::reserve); in a forked child, also what the parent's other
    /// threads had at the moment of the fork.
    pub in_use: usize,
    /// DropReason objects were dropped.
    pub dropped: Dropped,
    /// DropReason gets found no idle object.
    pub missed: Missed,
    /// Bytes in idle objects, if the pool counts them: a [`BufPool`](crate::BufPool) each buffer as its
    /// class's capacity; a pool with [`max_idle_bytes`](crate::Pool::max_idle_bytes) what is behind
    /// the CPUs' caches, which hold a quarter of that bound more at most. `None` for all other pools,
    /// and with [`per_cpu`](crate::Pool::per_cpu): only the owner of an object may ask what it weighs.
    pub idle_bytes: Option<usize>,
    /// What the pool is called; see [`Pool::name`](crate::Pool::name).
    pub name: Option<&'static str>,
}

/// DropReason a pool dropped objects; part of [`Stats`].
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
    /// Recycling refused them, or panicked.
    pub refused: usize,
    /// They were heavier than [`max_object_bytes`](crate::Pool::max_object_bytes), or
    /// [outliers](crate::Pool::fade_outliers).
    pub heavy: usize,
    /// The pool held as much as it may.
    pub over_budget: usize,
    /// They had been made only because other threads were in the way for a moment, and came home
    /// when there was enough without them.
    pub surplus: usize,
    /// They were idle from one sweep to the next.
    pub swept: usize,
    /// They were idle in the parent of a forked child (see
    /// [`drop_on_fork`](crate::Pool::drop_on_fork)), or came home to the child while another of its
    /// threads was just taking the pool over.
    pub fork: usize,
    /// [`Pool::clear`](crate::Pool::clear) dropped them.
    pub cleared: usize,
}

impl Dropped {
    /// All of them.
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

/// DropReason gets missed, and called `create`; part of [`Stats`].
///
/// [`try_get`](crate::Pool::try_get), which never creates, is not counted.
///
/// # Hits
///
/// Gets that hit are not counted, so that there is no hit rate. Such a get commits one store on its CPU
/// (a restartable sequence has no more), and a count would be a second one: as costly as the get, and
/// lost where the thread is moved in between. Misses are exact, and what costs time: look at misses per
/// second, or divide them by a number of gets that the program knows, its requests say.
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
/// drop((pool.get(), pool.get())); // never had two
/// pool.clear();
/// drop(pool.get());               // had them
///
/// let missed = pool.stats().missed;
/// assert_eq!((missed.cold, missed.empty, missed.contended), (2, 1, 0));
/// assert_eq!(missed.to_string(), "2 cold, 1 empty");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Missed {
    /// The pool had never had as many objects as were wanted then: it was warming up.
    pub cold: usize,
    /// It once had as many, but gave some up: to a sweep, a budget, a refusal.
    pub empty: usize,
    /// There were idle ones that could not be had at once: other CPUs had them, or other threads
    /// were in the way.
    pub contended: usize,
}

impl Missed {
    /// All of them.
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
    /// The pool's figures now: looks at every CPU and every magazine, and stops nobody.
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

    /// As [`stats`](Pool::stats) without a look at the CPUs: idle objects are among those in use.
    pub(crate) fn counted(&self) -> Stats {
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
        let discarded = dropped.total();
        let in_use = (created.wrapping_add(adopted))
            .saturating_sub(discarded.wrapping_add(detached).wrapping_add(idle));
        Stats {
            created,
            adopted,
            discarded,
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

/// Writes the reasons that there were, or `none`.
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
            "{} idle, {} in use, {} created, {} adopted, {} discarded, {} detached",
            self.idle, self.in_use, self.created, self.adopted, self.discarded, self.detached
        )?;
        if f.alternate() {
            write!(f, "\n  dropped: {}", self.dropped)?;
            write!(f, "\n  missed: {}", self.missed)?;
        }
        Ok(())
    }
}
