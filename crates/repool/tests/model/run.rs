//! Does the operations to a pool, and passes the outcome of each to the model.

use std::collections::BTreeSet;
use std::rc::Rc;

use proptest::sample::Index;
use repool::{Builder, Pool, Pooled, Recycler, Reservation};

use crate::item::{Item, Ledger};
use crate::operations::{By, Operation, Settings};
use crate::rules::{Model, Observed};

/// The most guards that are held at a time.
const HELD: usize = 200;

/// Builds a pool with these settings and does all operations to it.
pub fn case(settings: Settings, operations: &[Operation]) {
    let ledger = Rc::new(Ledger::default());
    let create = || ledger.make(settings.made);
    let recycle = |item: &mut Item| {
        item.used = 0;
        !item.spoiled
    };
    let weigh = |item: &Item| item.bytes;
    let builder = Pool::builder(create);
    match settings.by {
        By::Trait => run_pool(build(builder, &settings), settings, &ledger, operations),
        By::TraitAndWeigher => run_pool(
            build(builder.weigh(weigh), &settings),
            settings,
            &ledger,
            operations,
        ),
        By::Functions => run_pool(
            build(builder.recycle(recycle).weigh(weigh), &settings),
            settings,
            &ledger,
            operations,
        ),
        By::Function => run_pool(
            build(builder.recycle(recycle), &settings),
            settings,
            &ledger,
            operations,
        ),
    }
}

fn build<F: Fn() -> Item, R: Recycler<Item>>(
    mut builder: Builder<Item, F, R>,
    settings: &Settings,
) -> Pool<Item, F, R> {
    builder = builder.sweep_every(None);
    if let Some(bound) = settings.max_idle {
        builder = builder.max_idle(bound);
    }
    if let Some(bytes) = settings.max_idle_bytes {
        builder = builder.max_idle_bytes(bytes);
    }
    if let Some(bytes) = settings.max_object_bytes {
        builder = builder.max_object_bytes(bytes);
    }
    if let Some(n) = settings.per_cpu {
        builder = builder.per_cpu(n);
    }
    if settings.fade_outliers {
        builder = builder.fade_outliers();
    }
    builder.build()
}

/// Does all operations to a pool and drops it: then every object must have been dropped once.
fn run_pool<F: Fn() -> Item, R: Recycler<Item>>(
    pool: Pool<Item, F, R>,
    settings: Settings,
    ledger: &Rc<Ledger>,
    operations: &[Operation],
) {
    let mut dropped_ids = run_operations(&pool, settings, ledger, operations);
    drop(pool);
    for id in ledger.take_dropped() {
        assert!(dropped_ids.insert(id), "{id} was dropped twice");
    }
    assert_eq!(dropped_ids.len(), ledger.made(), "some were never dropped");
}

/// Does all operations, and returns the objects that were dropped before the guards and the pool were.
fn run_operations<F: Fn() -> Item, R: Recycler<Item>>(
    pool: &Pool<Item, F, R>,
    settings: Settings,
    ledger: &Rc<Ledger>,
    operations: &[Operation],
) -> BTreeSet<usize> {
    let mut run = Run {
        pool,
        model: Model::new(settings),
        made: settings.made,
        ledger,
        held: Vec::new(),
        reserved: Vec::new(),
        detached: Vec::new(),
        dropped_ids: BTreeSet::new(),
    };
    for operation in operations {
        run.perform(operation);
    }
    run.dropped_ids
}

/// A reservation, and the objects in it.
type Reserved<'p, F, R> = (Reservation<'p, Item, F, R>, BTreeSet<usize>);

struct Run<'p, F: Fn() -> Item, R: Recycler<Item>> {
    pool: &'p Pool<Item, F, R>,
    model: Model,
    /// The weight of an object that `create` makes.
    made: usize,
    ledger: &'p Rc<Ledger>,
    held: Vec<Pooled<'p, Item, R>>,
    reserved: Vec<Reserved<'p, F, R>>,
    /// The objects that were detached.
    detached: Vec<Item>,
    /// Every object that was dropped.
    dropped_ids: BTreeSet<usize>,
}

impl<'p, F: Fn() -> Item, R: Recycler<Item>> Run<'p, F, R> {
    fn perform(&mut self, operation: &Operation) {
        match operation {
            Operation::Get(n) => {
                for _ in 0..(*n).min(HELD.saturating_sub(self.held.len())) {
                    self.get(Pool::get);
                }
            }
            Operation::GetOrTry => {
                let (ledger, made) = (self.ledger, self.made);
                self.get(|pool| pool.get_or_try(|| Ok::<_, ()>(ledger.make(made))).unwrap());
            }
            Operation::GetOrFail => self.get_or_fail(),
            Operation::TryGet => self.try_get(),
            Operation::Drop(nth) => {
                if let Some(nth) = pick(&self.held, nth) {
                    self.drop_held(nth);
                }
            }
            Operation::DropMany(n, youngest) => {
                for _ in 0..(*n).min(self.held.len()) {
                    self.drop_held(if *youngest { self.held.len() - 1 } else { 0 });
                }
            }
            Operation::Detach(nth) => self.detach(nth),
            Operation::Put(bytes) => {
                let item = self.ledger.make(*bytes);
                self.put(item);
            }
            Operation::PutBack(nth) => {
                if let Some(nth) = pick(&self.detached, nth) {
                    let item = self.detached.swap_remove(nth);
                    self.put(item);
                }
            }
            Operation::Resize(nth, bytes) => self.change(nth, |item| item.bytes = *bytes),
            Operation::Use(nth, eighths) => {
                self.change(nth, |item| item.used = item.bytes / 8 * eighths);
            }
            Operation::Spoil(nth) => self.change(nth, |item| item.spoiled = true),
            Operation::Sweep => {
                self.pool.sweep();
                let dropped = self.dropped();
                self.model.swept(&dropped);
            }
            Operation::Clear => {
                self.pool.clear();
                let dropped = self.dropped();
                self.model.cleared(&dropped);
            }
            Operation::Prewarm(n) => self.prewarm(*n),
            Operation::Reserve(beyond) => self.reserve(*beyond),
            Operation::ReserveFew(n) => self.reserve_few(*n),
            Operation::GetReserved(nth) => self.get_reserved(nth),
            Operation::TryGetReserved(nth) => self.try_get_reserved(nth),
            Operation::Unreserve(nth) => self.unreserve(nth),
        }
        self.check();
    }

    fn check(&self) {
        self.model.check(&self.pool.stats());
    }

    /// The objects that were dropped since the last call of this function.
    fn dropped(&mut self) -> BTreeSet<usize> {
        let dropped = self.ledger.take_dropped();
        for &id in &dropped {
            assert!(self.dropped_ids.insert(id), "{id} was dropped twice");
        }
        dropped.into_iter().collect()
    }

    fn nothing_dropped(&mut self) {
        assert_eq!(self.dropped(), BTreeSet::new());
    }

    /// Gets an object by `get`, which creates one if none is idle.
    fn get(&mut self, get: impl FnOnce(&'p Pool<Item, F, R>) -> Pooled<'p, Item, R>) {
        let made = self.ledger.made();
        let guard = get(self.pool);
        self.nothing_dropped();
        if self.ledger.made() > made {
            assert_eq!((guard.id, self.ledger.made()), (made, made + 1));
            self.model.created(guard.id, true);
        } else {
            self.model.got(guard.id);
        }
        self.hold(guard);
    }

    fn hold(&mut self, guard: Pooled<'p, Item, R>) {
        assert_eq!((guard.used, guard.spoiled), (0, false), "not recycled");
        self.held.push(guard);
        self.check();
    }

    fn try_get(&mut self) {
        let made = self.ledger.made();
        let found = self.pool.try_get();
        assert_eq!(found.is_some(), self.model.idle() > 0);
        assert_eq!(self.ledger.made(), made);
        self.nothing_dropped();
        if let Some(guard) = found {
            self.model.got(guard.id);
            self.hold(guard);
        }
    }

    fn get_or_fail(&mut self) {
        let before = self.pool.stats();
        match self.pool.get_or_try(|| Err("no")) {
            Ok(guard) => {
                self.model.got(guard.id);
                self.hold(guard);
            }
            Err(error) => {
                assert_eq!((error, self.model.idle()), ("no", 0));
                assert_eq!(self.pool.stats(), before);
            }
        }
        self.nothing_dropped();
    }

    fn drop_held(&mut self, nth: usize) {
        let guard = self.held.remove(nth);
        let (id, found) = (guard.id, observed(&guard));
        drop(guard);
        self.returned(id, found);
    }

    fn returned(&mut self, id: usize, found: Observed) {
        let dropped = self.dropped();
        assert!(dropped.iter().all(|&other| other == id));
        self.model.returned(id, found, !dropped.is_empty());
        self.check();
    }

    fn put(&mut self, mut item: Item) {
        item.spoiled = false;
        let (id, found) = (item.id, observed(&item));
        self.pool.put(item);
        self.model.adopted(id);
        self.returned(id, found);
    }

    fn detach(&mut self, nth: &Index) {
        if let Some(nth) = pick(&self.held, nth) {
            let item = Pooled::detach(self.held.remove(nth));
            self.nothing_dropped();
            self.model.detached(item.id);
            self.detached.push(item);
        }
    }

    fn change(&mut self, nth: &Index, change: impl FnOnce(&mut Item)) {
        if let Some(nth) = pick(&self.held, nth) {
            let item = &mut *self.held[nth];
            change(item);
            item.used = item.used.min(item.bytes);
        }
    }

    fn prewarm(&mut self, n: usize) {
        let before = self.ledger.made();
        let kept = self.pool.prewarm(n);
        let dropped = self.dropped();
        let made = before..self.ledger.made();
        for id in made.clone() {
            self.model.created(id, false);
            self.model.added_unused(id, dropped.contains(&id));
        }
        // `prewarm` stops at the first object that is dropped.
        assert_eq!(kept, made.len() - dropped.len());
        assert_eq!(made.len(), n.min(kept + 1));
        assert!(dropped.into_iter().all(|id| id == made.end - 1));
    }

    /// Reserves all idle objects, so that it is known which, and new ones.
    fn reserve(&mut self, beyond: usize) {
        let before = self.ledger.made();
        let mut all = self.model.all_idle();
        let reservation = self.pool.reserve(all.len() + beyond);
        self.nothing_dropped();
        all.iter().for_each(|&id| self.model.got(id));
        let made = before..self.ledger.made();
        assert_eq!(made.len(), beyond);
        made.clone().for_each(|id| self.model.created(id, true));
        all.extend(made);
        assert_eq!(reservation.left(), all.len());
        self.reserved.push((reservation, all));
    }

    /// Reserves some of the idle objects; the model learns which when they are got.
    fn reserve_few(&mut self, n: usize) {
        let n = n.min(self.model.idle()).min(HELD);
        let made = self.ledger.made();
        let reservation = self.pool.reserve(n);
        let stats = self.pool.stats();
        assert_eq!(stats.idle, self.model.idle() - n);
        let guards: Vec<_> = (0..n).map(|_| reservation.get()).collect();
        assert_eq!(self.pool.stats(), stats);
        assert!(reservation.left() == 0 && reservation.try_get().is_none());
        drop(reservation);
        assert_eq!(self.ledger.made(), made);
        self.nothing_dropped();
        guards.iter().for_each(|guard| self.model.got(guard.id));
        guards.into_iter().for_each(|guard| self.hold(guard));
    }

    fn get_reserved(&mut self, nth: &Index) {
        let Some(nth) = pick(&self.reserved, nth) else {
            return;
        };
        if self.reserved[nth].1.is_empty() {
            let (reservation, _) = self.reserved.swap_remove(nth);
            return self.get(|_| reservation.get());
        }
        let stats = self.pool.stats();
        let (reservation, all) = &mut self.reserved[nth];
        let guard = reservation.get();
        assert!(all.remove(&guard.id), "{} was not reserved", guard.id);
        assert_eq!(self.pool.stats(), stats);
        self.hold(guard);
    }

    fn try_get_reserved(&mut self, nth: &Index) {
        if let Some(nth) = pick(&self.reserved, nth) {
            let (reservation, all) = &mut self.reserved[nth];
            let found = reservation.try_get();
            assert_eq!(found.is_some(), !all.is_empty());
            if let Some(guard) = found {
                assert!(all.remove(&guard.id), "{} was not reserved", guard.id);
                self.hold(guard);
            }
        }
    }

    fn unreserve(&mut self, nth: &Index) {
        if let Some(nth) = pick(&self.reserved, nth) {
            let (reservation, all) = self.reserved.swap_remove(nth);
            drop(reservation);
            let dropped = self.dropped();
            assert!(dropped.is_subset(&all));
            self.model.unreserved(&all, &dropped);
        }
    }
}

fn pick<T>(of: &[T], nth: &Index) -> Option<usize> {
    (!of.is_empty()).then(|| nth.index(of.len()))
}

fn observed(item: &Item) -> Observed {
    Observed {
        bytes: item.bytes,
        used: item.used,
        spoiled: item.spoiled,
    }
}
