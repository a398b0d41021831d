//! The figures of a pool of buffers: those of each class, as `stats.rs` has them, and their sum.

use core::fmt;

use super::class;
use crate::stats::{Dropped, Missed, Stats};

/// The figures of a [`BufPool`](crate::BufPool) at one moment, class by class.
///
/// Each class's figures are as exact as those of [`Stats`]. A buffer that is returned to another class
/// than it came from counts as detached from the one and as adopted by the other.
///
/// `{}` prints the sum in one line, `{:#}` also the reasons. The feature `serde` serialises
/// `idle_bytes`, `total`, `misfits`, and in `classes` those that were used, each as `capacity` and
/// `stats`.
///
/// ```
/// let bufs = repool::BufPool::new();
/// let mut buf = bufs.with_capacity(1000);
/// drop((bufs.with_capacity(1000), bufs.with_capacity(70)));
/// buf.reserve_exact(3000);
/// drop(buf);
///
/// let stats = bufs.stats();
/// let idle = |(capacity, class): (usize, repool::Stats)| (class.idle > 0).then_some(capacity);
/// assert_eq!(stats.classes().filter_map(idle).collect::<Vec<_>>(), [80, 1024, 2560]);
/// assert_eq!(stats.idle_bytes(), 80 + 1024 + 2560);
/// assert_eq!((stats.total().created, stats.total().adopted), (3, 1));
/// assert!(stats.to_string().starts_with("3664 bytes idle; 3 idle, 0 in use, 3 created"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BufStats {
    classes: [Stats; class::COUNT],
    misfits: Stats,
}

impl BufStats {
    pub(super) fn new(mut classes: [Stats; class::COUNT], mut misfits: Stats) -> Self {
        for (index, class) in classes.iter_mut().enumerate() {
            class.idle_bytes = Some(class::capacity(index) * class.idle);
        }
        misfits.idle_bytes = Some(0);
        BufStats { classes, misfits }
    }

    /// Each size class's capacity, in bytes, and its figures, in buffers: smallest class first, and
    /// also those that were never used.
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// let _buf = bufs.with_capacity(100);
    /// let stats = bufs.stats();
    /// assert_eq!(stats.classes().count(), 81);
    /// let (capacity, _) = stats.classes().find(|(_, class)| class.in_use == 1).unwrap();
    /// assert_eq!(capacity, 112);
    /// ```
    pub fn classes(&self) -> impl Iterator<Item = (usize, Stats)> + '_ {
        (0..class::COUNT)
            .map(class::capacity)
            .zip(self.classes.iter().copied())
    }

    /// The classes that ever had a buffer.
    fn used_classes(&self) -> impl Iterator<Item = (usize, Stats)> + '_ {
        self.classes()
            .filter(|(_, class)| class.created + class.adopted > 0)
    }

    /// The figures of buffers that belong to no class: those that were requested with more than 64 MiB,
    /// that exceeded [`max_idle_bytes`](crate::BufPool::max_idle_bytes), or that no class accepted when
    /// they were returned. None is ever idle.
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// drop(bufs.with_capacity((64 << 20) + 1));
    /// let misfits = bufs.stats().misfits();
    /// assert_eq!((misfits.created, misfits.dropped.total()), (1, 1));
    /// ```
    pub fn misfits(&self) -> Stats {
        self.misfits
    }

    /// The sum of all classes and [misfits](BufStats::misfits).
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// drop((bufs.with_capacity(100), bufs.with_capacity(1000)));
    /// assert_eq!(bufs.stats().total().idle, 2);
    /// ```
    pub fn total(&self) -> Stats {
        self.classes.iter().fold(self.misfits, plus)
    }

    /// Bytes in idle buffers, each counted as its class's capacity. Their real capacity is that or more,
    /// by less than a quarter.
    ///
    /// ```
    /// let bufs = repool::BufPool::new();
    /// drop((bufs.with_capacity(100), bufs.with_capacity(1000)));
    /// assert_eq!(bufs.stats().idle_bytes(), 112 + 1024);
    /// ```
    pub fn idle_bytes(&self) -> usize {
        let classes = self.classes.iter();
        classes.filter_map(|class| class.idle_bytes).sum()
    }
}

/// Adds up each figure. It names every field, so that a new one is not forgotten.
#[allow(deprecated)] // `discarded`, for one release more
fn plus(sum: Stats, one: &Stats) -> Stats {
    Stats {
        created: sum.created + one.created,
        adopted: sum.adopted + one.adopted,
        discarded: sum.discarded + one.discarded,
        detached: sum.detached + one.detached,
        idle: sum.idle + one.idle,
        in_use: sum.in_use + one.in_use,
        dropped: Dropped {
            refused: sum.dropped.refused + one.dropped.refused,
            heavy: sum.dropped.heavy + one.dropped.heavy,
            over_budget: sum.dropped.over_budget + one.dropped.over_budget,
            surplus: sum.dropped.surplus + one.dropped.surplus,
            swept: sum.dropped.swept + one.dropped.swept,
            fork: sum.dropped.fork + one.dropped.fork,
            cleared: sum.dropped.cleared + one.dropped.cleared,
        },
        missed: Missed {
            cold: sum.missed.cold + one.missed.cold,
            empty: sum.missed.empty + one.missed.empty,
            contended: sum.missed.contended + one.missed.contended,
        },
        idle_bytes: sum
            .idle_bytes
            .zip(one.idle_bytes)
            .map(|(sum, one)| sum + one),
        name: sum.name,
    }
}

impl fmt::Display for BufStats {
    /// The sum, in one line; `{:#}` adds the reasons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes idle; ", self.idle_bytes())?;
        fmt::Display::fmt(&self.total(), f)
    }
}

impl fmt::Debug for BufStats {
    /// The sum, and the classes that were used.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Used<'a>(&'a BufStats);
        impl fmt::Debug for Used<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self.0.used_classes()).finish()
            }
        }
        f.debug_struct("BufStats")
            .field("total", &self.total())
            .field("classes", &Used(self))
            .finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for BufStats {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Class {
            capacity: usize,
            stats: Stats,
        }
        #[derive(serde::Serialize)]
        struct View {
            idle_bytes: usize,
            total: Stats,
            classes: Vec<Class>,
            misfits: Stats,
        }
        let classes = self.used_classes();
        let view = View {
            idle_bytes: self.idle_bytes(),
            total: self.total(),
            classes: classes
                .map(|(capacity, stats)| Class { capacity, stats })
                .collect(),
            misfits: self.misfits,
        };
        view.serialize(serializer)
    }
}
