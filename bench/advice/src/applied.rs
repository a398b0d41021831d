//! [`Applied`]: recommendations that a benchmark applies: what they were predicted to save, and what
//! they save.

use measured::rounds::Series;
use repool_pprof::advise::{Advice, NsInterval, Rates};

use crate::expected::LineActions;
use crate::profiled::Profiled;
use crate::source_lines::SourceLines;

/// A benchmark with recommendations applied. All figures are for one operation.
pub(crate) struct Applied {
    pub(crate) benchmark: String,
    /// The actions, each once.
    pub(crate) actions: Vec<&'static str>,
    pub(crate) bytes: Exact,
    pub(crate) allocations: Exact,
    /// The predicted time; `None` if it is not known.
    pub(crate) predicted_ns: Option<Ends>,
    /// The saved nanoseconds of each round; `None` if no time was measured.
    pub(crate) ns: Option<Series>,
}

/// A figure that does not vary between runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Exact {
    pub(crate) predicted: f64,
    pub(crate) measured: f64,
}

/// The ends of a predicted time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Ends {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Exact {
    /// Whether the prediction is right within 5 %.
    pub(crate) fn is_right(self) -> bool {
        const MOST: f64 = 0.05;
        (self.predicted - self.measured).abs() <= MOST * self.measured.abs()
    }
}

impl Ends {
    /// The upper end divided by the lower one.
    pub(crate) fn ratio(self) -> f64 {
        self.high / self.low
    }

    fn add(&mut self, other: &NsInterval) {
        self.low += other.low;
        self.high += other.high;
    }
}

/// Whether the median of the rounds lies within a predicted interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    Yes,
    No,
    /// The rounds are further apart than the ends of the interval, so that it cannot be judged.
    Noise,
}

/// The predicted saving of recommendations, and their actions.
pub(crate) struct Prediction {
    bytes: f64,
    allocations: f64,
    ns: Option<Ends>,
    actions: Vec<&'static str>,
}

impl Prediction {
    /// The sum of what the recommendations at these lines save: of each site the first one with one of
    /// the line's actions. An error is a line that has none.
    pub(crate) fn of(
        advice: &Advice,
        lines: &SourceLines,
        changes: &[LineActions],
    ) -> Result<Self, String> {
        let mut sum = Self {
            bytes: 0.0,
            allocations: 0.0,
            ns: Some(Ends::default()),
            actions: Vec::new(),
        };
        for change in changes {
            let is_changed = |location| lines.is_at(location, &change.line);
            let groups = advice
                .groups
                .iter()
                .filter(|group| is_changed(&group.location));
            let sites = groups.flat_map(|group| &group.sites);
            let sites = sites.map(|site| &advice.sites[*site]);
            let mut is_found = false;
            for site in sites.filter(|site| site.location.function.contains(&change.function)) {
                let is_applied = |name: &str| change.actions.iter().any(|action| action == name);
                let mut all = site.recommendations.iter();
                let applied = all.find(|recommended| is_applied(recommended.action.name()));
                let saved = applied.filter(|_| !site.author_only);
                let Some((recommended, saves)) =
                    saved.and_then(|saved| Some((saved, saved.saves.per_operation?)))
                else {
                    continue;
                };
                is_found = true;
                sum.add(&saves, recommended.action.name());
            }
            if !is_found {
                let actions = change.actions.join(" or ");
                return Err(format!("line `{}` is not advised {actions}", change.line));
            }
        }
        Ok(sum)
    }

    fn add(&mut self, saves: &Rates, action: &'static str) {
        self.bytes += saves.bytes;
        self.allocations += saves.allocations;
        self.ns = self.ns.zip(saves.ns).map(|(mut ends, ns)| {
            ends.add(&ns);
            ends
        });
        if !self.actions.contains(&action) {
            self.actions.push(action);
        }
    }

    /// The prediction beside what is measured without time: from profiles before and after.
    pub(crate) fn beside(self, benchmark: &str, before: &Profiled, after: &Profiled) -> Applied {
        Applied {
            benchmark: benchmark.to_owned(),
            actions: self.actions,
            bytes: Exact {
                predicted: self.bytes,
                measured: before.bytes() - after.bytes(),
            },
            allocations: Exact {
                predicted: self.allocations,
                measured: before.allocations() - after.allocations(),
            },
            predicted_ns: self.ns,
            ns: None,
        }
    }
}

impl Applied {
    /// Whether the measured time lies within the predicted interval; `None` if either is not known.
    pub(crate) fn within(&self) -> Option<Within> {
        let ends = self.predicted_ns?;
        let saved = self.ns.as_ref()?;
        let least = saved.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = saved.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(match (ends.low..=ends.high).contains(&saved.median()) {
            _ if most - least > ends.high - ends.low => Within::Noise,
            true => Within::Yes,
            false => Within::No,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_judged_by_its_median_unless_rounds_are_far_apart() {
        let within = |rounds: &[f64]| {
            let applied = Applied {
                benchmark: String::new(),
                actions: Vec::new(),
                bytes: Exact::default(),
                allocations: Exact::default(),
                predicted_ns: Some(Ends {
                    low: 10.0,
                    high: 20.0,
                }),
                ns: Some(Series(rounds.to_vec())),
            };
            applied.within()
        };
        assert_eq!(within(&[9.0, 12.0, 13.0]), Some(Within::Yes));
        assert_eq!(within(&[9.0, 9.5, 13.0]), Some(Within::No));
        assert_eq!(within(&[9.0, 15.0, 21.0]), Some(Within::Noise));
    }

    #[test]
    fn a_prediction_is_right_within_a_twentieth_of_the_measured_figure() {
        let is_right = |predicted, measured| {
            Exact {
                predicted,
                measured,
            }
            .is_right()
        };
        assert!(is_right(105.0, 100.0) && is_right(95.0, 100.0) && is_right(0.0, 0.0));
        assert!(!is_right(106.0, 100.0) && !is_right(0.0, 1.0) && !is_right(1.0, -1.0));
    }
}
