//! One pool of the soak test, with its census, the counts of its calls, and the bounds that are checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::thing::{Census, Thing};
use repool::{Pool, Sweep};

pub type Make = Box<dyn Fn() -> Thing + Send + Sync>;
pub type Things = Pool<Thing, Make>;

/// Objects by which each CPU may exceed a bound.
pub const MAGAZINE: usize = 30;

pub fn cpus() -> usize {
    // SAFETY: sysconf(3) has no preconditions.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).unwrap()
}

/// Counts calls from before they begin to after they end, which gives a bound on the number of calls that ran
/// within some time.
#[derive(Default)]
pub struct CallCount {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl CallCount {
    pub fn during<O>(&self, many: usize, call: impl FnOnce() -> O) -> O {
        self.begun.fetch_add(many, SeqCst);
        let outcome = call();
        self.ended.fetch_add(many, SeqCst);
        outcome
    }

    pub fn ended(&self) -> usize {
        self.ended.load(SeqCst)
    }

    /// Most calls that ran at any time since `ended` was read.
    pub fn since(&self, ended: usize) -> usize {
        self.begun.load(SeqCst) - ended
    }
}

/// The bounds that a pool was given.
#[derive(Clone, Copy, Default)]
pub struct Bounds {
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
    pub bounds: Bounds,
    /// Returns of objects.
    pub returns: CallCount,
    /// Calls that may sweep or clear: they hold idle objects, which other calls may replace meanwhile.
    pub sweeps: CallCount,
    /// Most idle objects at a quiet point.
    pub most: AtomicUsize,
    /// Most idle objects in a sample.
    pub most_sampled: AtomicUsize,
    /// Locked by the sweeper during a sweep, and by the main thread at a quiet point.
    gate: Arc<Mutex<()>>,
}

impl Subject {
    /// A pool that creates things of `weight`; `set` makes its settings.
    pub fn new(
        name: &'static str,
        weight: usize,
        bounds: Bounds,
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
            bounds,
            returns: CallCount::default(),
            sweeps: CallCount::default(),
            most: AtomicUsize::new(0),
            most_sampled: AtomicUsize::new(0),
            gate: Arc::clone(gate),
        })
    }

    /// A call other than `sweep` and `clear`, which returns at most `returns` objects.
    pub fn call<O>(&self, returns: usize, call: impl FnOnce() -> O) -> O {
        let sweeps = usize::from(self.bounds.sweeps_itself);
        let call = || self.sweeps.during(sweeps, call);
        self.returns.during(returns, call)
    }

    pub fn gate(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Most objects that may be idle by the documentation.
    pub fn most_idle(&self) -> usize {
        let slack = MAGAZINE * cpus();
        match self.bounds {
            Bounds {
                per_cpu: Some(n), ..
            } => n * cpus(),
            Bounds {
                max_idle: Some(n), ..
            } => n + slack,
            _ => usize::MAX,
        }
    }

    /// Most bytes that may be idle: objects cached on CPUs are not counted, a quarter at most. A sweep moves
    /// them to the depot, and then there may be a quarter more.
    pub fn most_bytes(&self) -> usize {
        match self.bounds.max_idle_bytes {
            Some(bytes) => bytes + 2 * (bytes / 4),
            None => usize::MAX,
        }
    }

    /// Checks the figures while no other thread is in a call, so that they are exact.
    pub fn check_quiet(&self) {
        let stats = self.pool.stats();
        let [created, adopted, dropped, detached, in_use] = [
            &self.census.created,
            &self.census.adopted,
            &self.census.dropped,
            &self.census.detached,
            &self.census.in_use,
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
            (detached, in_use, alive - in_use),
            "{name}: {stats}"
        );
        let most = self.most_idle();
        assert!(stats.idle <= most, "{name}: at most {most}: {stats}");
        let bytes = self.census.pool_bytes.load(SeqCst).cast_unsigned();
        let most = self.most_bytes();
        assert!(bytes <= most, "{name}: {bytes} bytes idle, {most} at most");
        self.most.fetch_max(stats.idle, SeqCst);
    }

    /// Checks the figures while other threads are in calls. Returns how much they may have been off.
    ///
    /// Idle objects are counted CPU after CPU and magazine after magazine. So objects that are returned
    /// meanwhile may be counted too many, and private ones that a sweep moves into magazines. An object that a
    /// sweep is about to drop is still counted, and may have been replaced already.
    pub fn check_sample(&self) -> usize {
        let before = (self.returns.ended(), self.sweeps.ended());
        let stats = self.pool.stats();
        let returned = self.returns.since(before.0);
        let swept = self.sweeps.since(before.1);
        let most = self.most_idle();
        // There are at most four slots for each CPU.
        let most = most.saturating_mul(1 + swept);
        let most = most.saturating_add(returned + 4 * cpus() * swept);
        let name = self.name;
        assert!(stats.idle <= most, "{name}: at most {most}: {stats}");
        if swept == 0 {
            let exceeding = stats.idle.saturating_sub(returned);
            self.most_sampled.fetch_max(exceeding, SeqCst);
        }
        returned + swept
    }
}

/// The pool for the sweeper, which takes the gate for each sweep.
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
