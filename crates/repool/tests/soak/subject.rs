//! One pool of the soak: what is kept of it, what is done to it, and the bounds that it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::thing::{Census, Thing};
use repool::{Pool, Sweep};

pub type Make = Box<dyn Fn() -> Thing + Send + Sync>;
pub type Things = Pool<Thing, Make>;

/// Objects that a bound may be passed by for each CPU.
pub const MAGAZINE: usize = 30;

pub fn cpus() -> usize {
    // SAFETY: asks for a number.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).unwrap()
}

/// Counts calls from before they begin to after they end, so that it can be told how many at most
/// were under way within some time.
#[derive(Default)]
pub struct Traffic {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Traffic {
    pub fn during<O>(&self, many: usize, call: impl FnOnce() -> O) -> O {
        self.begun.fetch_add(many, SeqCst);
        let outcome = call();
        self.ended.fetch_add(many, SeqCst);
        outcome
    }

    pub fn ended(&self) -> usize {
        self.ended.load(SeqCst)
    }

    /// Calls that were under way at any time since `ended` was read.
    pub fn since(&self, ended: usize) -> usize {
        self.begun.load(SeqCst) - ended
    }
}

/// What a pool was told.
#[derive(Clone, Copy, Default)]
pub struct Told {
    pub max_idle: Option<usize>,
    pub max_idle_bytes: Option<usize>,
    pub per_cpu: Option<usize>,
    /// Whether ordinary calls sweep.
    pub sweeps_itself: bool,
}

pub struct Subject {
    pub pool: Arc<Things>,
    pub name: &'static str,
    pub census: Arc<Census>,
    pub told: Told,
    /// Objects that come home.
    pub homecomings: Traffic,
    /// Calls that may take out of the pool what others are waiting to replace.
    pub sweeps: Traffic,
    /// Most idle at a quiet point, and in a sample.
    pub most: AtomicUsize,
    pub most_sampled: AtomicUsize,
    /// Held by whoever sweeps while workers may be quiet.
    gate: Arc<Mutex<()>>,
}

impl Subject {
    /// A pool that makes things of `weight`, and that `set` gives its settings.
    pub fn new(
        name: &'static str,
        weight: usize,
        told: Told,
        gate: &Arc<Mutex<()>>,
        set: impl FnOnce(Things) -> Things,
    ) -> Arc<Self> {
        let census = Arc::new(Census::default());
        let create = {
            let census = Arc::clone(&census);
            Box::new(move || census.create(weight)) as _
        };
        Arc::new(Subject {
            pool: Arc::new(set(Pool::new(create))),
            name,
            census,
            told,
            homecomings: Traffic::default(),
            sweeps: Traffic::default(),
            most: AtomicUsize::new(0),
            most_sampled: AtomicUsize::new(0),
            gate: Arc::clone(gate),
        })
    }

    /// A call that is none of `sweep` and `clear`, and brings so many objects home at most.
    pub fn call<O>(&self, homecomings: usize, call: impl FnOnce() -> O) -> O {
        let sweeps = usize::from(self.told.sweeps_itself);
        let call = || self.sweeps.during(sweeps, call);
        self.homecomings.during(homecomings, call)
    }

    pub fn gate(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Most objects that may be idle, by what is documented.
    pub fn most_idle(&self) -> usize {
        let slack = MAGAZINE * cpus();
        match self.told {
            Told {
                per_cpu: Some(n), ..
            } => n * cpus(),
            Told {
                max_idle: Some(n), ..
            } => n + slack,
            _ => usize::MAX,
        }
    }

    /// Most bytes that may be idle: what is at hand is not counted, a quarter at most; after a
    /// sweep, which counts it, there may be as much again.
    pub fn most_bytes(&self) -> usize {
        match self.told.max_idle_bytes {
            Some(bytes) => bytes + 2 * (bytes / 4),
            None => usize::MAX,
        }
    }

    /// Whatever is asserted, nobody else in the pool: every figure is exact.
    pub fn check_quiet(&self) {
        let stats = self.pool.stats();
        let [created, adopted, dropped, detached, out] = [
            &self.census.created,
            &self.census.adopted,
            &self.census.dropped,
            &self.census.detached,
            &self.census.out,
        ]
        .map(|count| count.load(SeqCst));
        let name = self.name;
        assert_eq!(
            (stats.created, stats.adopted, stats.dropped.total()),
            (created, adopted, dropped),
            "{name}: {stats}"
        );
        let alive = created + adopted - dropped - detached;
        assert_eq!(
            (stats.detached, stats.in_use, stats.idle),
            (detached, out, alive - out),
            "{name}: {stats}"
        );
        let most = self.most_idle();
        assert!(stats.idle <= most, "{name}: at most {most}: {stats}");
        let bytes = self.census.home_bytes.load(SeqCst).cast_unsigned();
        let most = self.most_bytes();
        assert!(bytes <= most, "{name}: {bytes} bytes idle, {most} at most");
        self.most.fetch_max(stats.idle, SeqCst);
    }

    /// Figures while others are in the middle of calls. Returns how much they may have been off.
    ///
    /// What is idle is counted place after place, magazines wherever they are: so it may be seen
    /// as many objects too many as came home meanwhile, and as private ones that a sweep moved
    /// into magazines. What a sweep has in hand to drop is still counted, and may have been
    /// replaced already.
    pub fn check_sample(&self) -> usize {
        let before = (self.homecomings.ended(), self.sweeps.ended());
        let stats = self.pool.stats();
        let came = self.homecomings.since(before.0);
        let swept = self.sweeps.since(before.1);
        let most = self.most_idle();
        // Four slots for each CPU are the most that there are.
        let most = most.saturating_mul(1 + swept);
        let most = most.saturating_add(came + 4 * cpus() * swept);
        let name = self.name;
        assert!(stats.idle <= most, "{name}: at most {most}: {stats}");
        if swept == 0 {
            let exceeding = stats.idle.saturating_sub(came);
            self.most_sampled.fetch_max(exceeding, SeqCst);
        }
        came + swept
    }
}

/// As the sweeper sees it.
pub struct Watched(pub Arc<Subject>);

impl Sweep for Watched {
    fn sweep(&self) {
        let _gate = self.0.gate();
        self.0.sweeps.during(1, || self.0.pool.sweep());
    }

    fn clear(&self) {
        let _gate = self.0.gate();
        self.0.sweeps.during(1, || self.0.pool.clear());
    }
}
