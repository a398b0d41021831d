//! The sweeper of the process: its round over all used pools, from CPU to CPU.

use core::time::Duration;

#[cfg(target_os = "linux")]
use super::kernel::Affinity;
#[cfg(not(target_os = "linux"))]
use super::no_trigger::Affinity;
use super::round::guarded;
use super::shared::{Cause, Shared};
use crate::engine::registry::Claim;
use crate::engine::visit::{Round, Visit};

/// The right to sweep all pools of the process, and how often.
#[derive(Debug)]
pub(super) struct Everywhere {
    pub(super) claim: Claim,
    pub(super) every: Duration,
}

impl Everywhere {
    pub(super) fn sweep(&mut self, cause: Cause, shared: &Shared) {
        let visit = match cause {
            Cause::Time => Visit::Sweep(self.every),
            Cause::Low => Visit::Sweep(Duration::ZERO),
            Cause::High => Visit::Clear,
        };
        let run = &mut |work: &mut dyn FnMut()| guarded(shared, work);
        let mut round = Round::new(&mut self.claim, visit);
        let cpus = round.begin(run);
        match Affinity::of_this_thread() {
            Some(affinity) => {
                let mut cpus = cpus.iter();
                while let Some(cpu) = cpus.next().filter(|_| !shared.is_stopped()) {
                    if affinity.go_to(cpu) {
                        round.empty_cpu(run);
                    }
                }
            }
            // Where the system does not let it go, it does what it can.
            None => round.empty_cpu(run),
        }
        round.end(run);
    }
}
