//! One thread of the storm: it does random operations to random pools.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};

use crate::subject::{Make, Subject, Things};
use crate::thing::Thing;
use repool::{OwnedPooled, Pooled};
use repool_testing::affinity::{cpus, stay_among};
use repool_testing::random::Random;

/// The most guards that a thread holds at a time.
const HELD: usize = 60;

/// An owned guard, and the number of its pool.
pub type Sent = (usize, OwnedPooled<Thing, Make>);

pub struct Worker<'p> {
    random: Random,
    cpus: Vec<usize>,
    subjects: &'p [Arc<Subject>],
    held: Vec<(usize, Pooled<'p, Thing>)>,
    inbox: Receiver<Sent>,
    outbox: SyncSender<Sent>,
}

impl<'p> Worker<'p> {
    pub fn new(
        number: usize,
        subjects: &'p [Arc<Subject>],
        inbox: Receiver<Sent>,
        outbox: SyncSender<Sent>,
    ) -> Self {
        Worker {
            random: Random::new(number as u64),
            cpus: cpus(),
            subjects,
            held: Vec::new(),
            inbox,
            outbox,
        }
    }

    /// Does one random operation.
    pub fn turn(&mut self) {
        let which = self.random.below(self.subjects.len());
        let subject = &*self.subjects[which];
        let (pool, census) = (&subject.pool, &subject.census);
        match self.random.below(1000) {
            0..350 => self.get_from(which, |pool| Some(pool.get())),
            350..400 => self.get_from(which, |pool| pool.try_get()),
            400..420 => self.get_from(which, |pool| {
                pool.get_or_try(|| Ok::<_, ()>(census.create(100))).ok()
            }),
            420..440 => self.get_from(which, |pool| pool.get_or_try(|| Err(())).ok()),
            440..740 => {
                if !self.held.is_empty() {
                    let nth = self.random.below(self.held.len());
                    self.return_held(nth);
                }
            }
            740..790 => self.send(which),
            790..850 => {
                if let Ok((which, guard)) = self.inbox.try_recv() {
                    self.return_owned(which, guard);
                }
            }
            850..890 => {
                let thing = census.adopt(self.weight());
                subject.call(1, || pool.put(thing));
            }
            890..920 => {
                if let Some((which, guard)) = self.held.pop() {
                    self.subjects[which].census.detach(guard);
                }
            }
            920..940 => self.reserve(which),
            940..950 => {
                let many = self.random.below(40);
                subject.call(many, || pool.prewarm(many));
            }
            950..955 => (0..self.held.len()).for_each(|_| self.return_held(0)),
            955..980 => {
                let (weight, eighths) = (self.weight(), self.random.below(9));
                if let Some((_, guard)) = self.held.last_mut() {
                    guard.weight = weight;
                    guard.used = weight / 8 * eighths;
                }
            }
            980..990 => subject.sweeps.during(1, || pool.sweep()),
            990 => subject.sweeps.during(1, || pool.clear()),
            991..995 => {
                let nth = self.random.below(self.cpus.len());
                stay_among(&[self.cpus[nth]]);
            }
            _ => stay_among(&self.cpus),
        }
    }

    /// Returns all objects that it holds or that were sent to it.
    pub fn end(mut self) {
        (0..self.held.len()).for_each(|_| self.return_held(0));
        while let Ok((which, guard)) = self.inbox.try_recv() {
            self.return_owned(which, guard);
        }
    }

    fn weight(&mut self) -> usize {
        [8, 100, 2000, 4096, 20_000, 100_000][self.random.below(6)]
    }

    fn get_from(
        &mut self,
        which: usize,
        get: impl FnOnce(&'p Things) -> Option<Pooled<'p, Thing>>,
    ) {
        let subject = &*self.subjects[which];
        if self.held.len() < HELD
            && let Some(guard) = subject.call(0, || get(&subject.pool))
        {
            subject.census.record_get(&guard);
            self.held.push((which, guard));
        }
    }

    fn return_held(&mut self, nth: usize) {
        let (which, guard) = self.held.swap_remove(nth);
        let subject = &self.subjects[which];
        subject.census.record_return(&guard);
        subject.call(1, || drop(guard));
    }

    /// Sends a guard to the next thread, unless that has many.
    fn send(&mut self, which: usize) {
        let subject = &self.subjects[which];
        let guard = subject.call(0, || subject.pool.get_owned());
        subject.census.record_get(&guard);
        match self.outbox.try_send((which, guard)) {
            Ok(()) => {}
            Err(
                TrySendError::Full((which, guard)) | TrySendError::Disconnected((which, guard)),
            ) => {
                self.return_owned(which, guard);
            }
        }
    }

    fn return_owned(&self, which: usize, guard: OwnedPooled<Thing, Make>) {
        let subject = &self.subjects[which];
        subject.census.record_return(&guard);
        subject.call(1, || drop(guard));
    }

    /// Reserves some objects, gets some of them, and drops the reservation with the rest.
    fn reserve(&mut self, which: usize) {
        let subject = &*self.subjects[which];
        let many = self.random.below(40);
        let reservation = subject.call(0, || subject.pool.reserve(many));
        for _ in 0..self.random.below(many + 1) {
            let guard = reservation.try_get().expect("it was reserved");
            subject.census.record_get(&guard);
            self.held.push((which, guard));
        }
        subject.call(many, || drop(reservation));
        while self.held.len() > HELD {
            self.return_held(0);
        }
    }
}
