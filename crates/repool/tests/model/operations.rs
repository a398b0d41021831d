//! Random operations on a pool, and random settings.

use proptest::prelude::*;
use proptest::sample::{Index, select};

#[derive(Clone, Debug)]
pub enum Operation {
    Get(usize),
    TryGet,
    GetOrTry,
    GetOrFail,
    Drop(Index),
    /// Drops a number of guards, the youngest first or the oldest.
    DropMany(usize, bool),
    Detach(Index),
    Put(usize),
    /// Puts an object that was detached before.
    PutBack(Index),
    /// Changes the weight of a guard's object.
    Resize(Index, usize),
    /// Uses a number of eighths of a guard's object.
    Use(Index, usize),
    /// Makes recycling refuse a guard's object.
    Spoil(Index),
    Sweep,
    Clear,
    Prewarm(usize),
    /// Reserves all idle objects and a number of further ones, and keeps the reservation.
    Reserve(usize),
    /// Reserves at most a number of the idle objects, and gets them at once.
    ReserveFew(usize),
    GetReserved(Index),
    TryGetReserved(Index),
    Unreserve(Index),
}

/// Weights around the bounds below, and around the thresholds that follow from them.
fn weight() -> impl Strategy<Value = usize> + Clone {
    select(vec![
        0, 1, 8, 60, 100, 500, 4_000, 4_097, 9_000, 40_000, 70_000, 400_000,
    ])
}

pub fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let index = any::<Index>;
    let many = || prop_oneof![1..5usize, 1..40usize, 20..80usize];
    prop_oneof![
        12 => Just(Get(1)),
        6 => many().prop_map(Get),
        3 => Just(TryGet),
        2 => Just(GetOrTry),
        2 => Just(GetOrFail),
        12 => index().prop_map(Drop),
        8 => (many(), any::<bool>()).prop_map(|(n, youngest)| DropMany(n, youngest)),
        3 => index().prop_map(Detach),
        4 => weight().prop_map(Put),
        2 => index().prop_map(PutBack),
        8 => (index(), weight()).prop_map(|(nth, bytes)| Resize(nth, bytes)),
        6 => (index(), 0..9usize).prop_map(|(nth, eighths)| Use(nth, eighths)),
        2 => index().prop_map(Spoil),
        6 => Just(Sweep),
        1 => Just(Clear),
        2 => many().prop_map(Prewarm),
        2 => (0..4usize).prop_map(Reserve),
        2 => many().prop_map(ReserveFew),
        3 => index().prop_map(GetReserved),
        2 => index().prop_map(TryGetReserved),
        2 => index().prop_map(Unreserve),
    ]
}

/// How objects are recycled and weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Trait,
    /// The trait, with a function for the weight.
    TraitAndWeigher,
    /// Functions for recycling and weighing: the used part is not known.
    Functions,
    /// A function for recycling: weights are not known.
    Function,
}

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub by: By,
    /// The weight of an object that `create` makes.
    pub made: usize,
    pub max_idle: Option<usize>,
    pub max_idle_bytes: Option<usize>,
    pub max_object_bytes: Option<usize>,
    pub fade_outliers: bool,
    pub per_cpu: Option<usize>,
}

impl Settings {
    /// Whether objects are weighed when they are returned.
    pub fn weighs(&self) -> bool {
        self.max_idle_bytes.is_some() || self.max_object_bytes.is_some() || self.fade_outliers
    }
}

pub fn settings() -> impl Strategy<Value = Settings> {
    let by = select(vec![
        By::Trait,
        By::TraitAndWeigher,
        By::Functions,
        By::Function,
    ]);
    let max_idle = select(vec![0, 1, 2, 3, 5, 20, 29, 30, 31, 32, 45, 61, 64, 100]);
    let max_idle_bytes = select(vec![0, 500, 15_000, 100_000, 1_000_000, 20_000_000]);
    let max_object_bytes = select(vec![0, 60, 500, 4_096, 50_000]);
    let per_cpu = select(vec![1, 2, 3, 8, 30, 31, 32, 70_000]);
    let rarely = |weight| proptest::option::weighted(weight, Just(()));
    (
        by,
        weight(),
        (rarely(0.4), max_idle),
        (rarely(0.3), max_idle_bytes),
        (rarely(0.2), max_object_bytes),
        proptest::bool::weighted(0.3),
        (rarely(0.2), per_cpu),
    )
        .prop_map(|(by, made, count, bytes, each, fade, per_cpu)| {
            let weighed = by != By::Function;
            let set = |(on, value): (Option<()>, usize)| on.map(|()| value);
            Settings {
                by,
                made,
                max_idle: set(count),
                max_idle_bytes: set(bytes).filter(|_| weighed),
                max_object_bytes: set(each).filter(|_| weighed),
                fade_outliers: fade && weighed,
                per_cpu: set(per_cpu),
            }
        })
}
