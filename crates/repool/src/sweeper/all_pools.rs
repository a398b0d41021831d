//! The round of the sweeper of the process, over all used pools. It moves the sweeper's thread from CPU to
//! CPU; what is done there is in `engine/visit.rs`.

use core::time::Duration;

#[cfg(target_os = "linux")]
use super::kernel::Affinity;
#[cfg(not(target_os = "linux"))]
use super::no_trigger::Affinity;
use super::round::guarded;
use super::shared::{Cause, SharedState};
use crate::engine::registry::Claim;
use crate::engine::visit::{Round, Visit};

/// The right to sweep all pools of the process, and the interval.
#[derive(Debug)]
pub(super) struct AllPools {
    pub(super) claim: Claim,
    pub(super) every: Duration,
}

impl AllPools {
    pub(super) fn sweep(&mut self, cause: Cause, shared: &SharedState) {
        let visit = match cause {
            Cause::Time => Visit::Sweep(self.every),
            Cause::Low => Visit::Sweep(Duration::ZERO),
            Cause::High => Visit::Clear,
        };
        let run = &mut |work: &mut dyn FnMut()| guarded(shared, work);
        let mut round = Round::new(&mut self.claim, visit);
        let cpus = round.begin(run);
        match Affinity::of_current_thread() {
            Some(affinity) => {
                let mut cpus = cpus.iter();
                while let Some(cpu) = cpus.next().filter(|_| !shared.is_stopped()) {
                    if affinity.move_to(cpu) {
                        round.empty_cpu(run);
                    }
                }
            }
            // The system does not allow the thread to move: this CPU only.
            None => round.empty_cpu(run),
        }
        round.end(run);
    }
}
