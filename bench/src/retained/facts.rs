//! Facts about repool's samples that must hold on every machine.

use crate::plan::{Burst, HUGE, IN_FLIGHT, Outliers, STEADY, THREADS};
use crate::sample::Series;
use crate::{burst, outliers};

/// The sweeps after which a pool has dropped what is not needed.
const PERIODS: usize = 2;

/// More than all small requests need, and less than one huge request needs (1 MiB).
const FEW_BYTES: u64 = 1 << 20;

fn named<'a>(all: &'a [Series], name: &str) -> Result<&'a Series, String> {
    (all.iter().find(|series| series.name == name)).ok_or_else(|| format!("{name} did not run"))
}

fn check(fact: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    match fact {
        true => Ok(()),
        false => Err(broken()),
    }
}

/// Checks that outliers are reused while there is demand for them, and dropped two sweeps later.
///
/// # Errors
///
/// The fact that does not hold.
pub fn outliers(plan: &Outliers, all: &[Series]) -> Result<(), String> {
    let fading = named(all, outliers::FADING)?;
    let from = plan.last_huge_return() + PERIODS;
    for (period, sample) in fading.samples.iter().enumerate().skip(from) {
        check(sample.retained < FEW_BYTES, || {
            format!(
                "{}: {} bytes are retained at sweep {}, when the last huge request was over \
                 before sweep {}",
                fading.name,
                sample.retained,
                period + 1,
                plan.last_huge_return() + 1
            )
        })?;
    }
    // Each buffer in use grows once; a few more are created if a thread is delayed.
    let most = (2 * THREADS * (IN_FLIGHT + 1) * HUGE) as u64;
    let allocated = fading.allocated("mixed");
    check(allocated <= most, || {
        format!(
            "{}: {allocated} bytes were allocated while there was demand, more than {most}",
            fading.name
        )
    })
}

/// Checks that a burst's objects are dropped two sweeps later, and that a warm steady load creates none.
///
/// # Errors
///
/// The fact that does not hold.
pub fn burst(plan: &Burst, all: &[Series]) -> Result<(), String> {
    let plain = named(all, burst::PLAIN)?;
    for (period, sample) in plain.samples.iter().enumerate() {
        let (sweep, objects) = (period + 1, sample.objects.unwrap_or(u64::MAX));
        // The burst's own sweep is the first of the two.
        let settled = period < plan.before || period >= plan.before + PERIODS - 1;
        check(!settled || objects <= 2 * STEADY as u64, || {
            format!(
                "{}: {objects} objects are retained at sweep {sweep}",
                plain.name
            )
        })?;
        let warm = period > 0 && period != plan.before;
        check(!warm || sample.created == 0, || {
            format!(
                "{}: the steady load created {} objects before sweep {sweep}",
                plain.name, sample.created
            )
        })?;
    }
    Ok(())
}
