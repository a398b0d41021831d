//! Turns candidates into [`Site`]s, and lines into [`Group`]s.

use super::amount::{Divisors, Totals};
use super::candidate::{Candidate, Line};
use super::growth::Growth;
use super::locator::SourceLocator;
use super::profile_format::ProfileFacts;
use super::reasons::Reasons;
use super::rules::Rules;
use super::site_stats::SiteStats;
use super::{Caveat, Group, NoAction, Recommendation, Site, Sizes, SourceLocation};
use crate::list::SourceReader;

/// Turns candidates into sites, and lines into groups.
pub(super) struct SiteBuilder<'a> {
    pub(super) locator: SourceLocator<'a>,
    pub(super) rules: &'a Rules<'a>,
    pub(super) facts: &'a ProfileFacts,
    pub(super) divisors: Divisors,
}

impl SiteBuilder<'_> {
    /// The group of a line, whose sites have these indices.
    pub(super) fn group(
        &self,
        line: &Line,
        sites: Vec<usize>,
        reader: Option<&mut SourceReader<'_>>,
    ) -> Group {
        let location = self.locator.location(line.frame);
        let with_time = |totals: &Totals| match self.rules.costs.has_allocator() {
            true => *totals,
            false => Totals {
                ns: None,
                ..*totals
            },
        };
        Group {
            source: reader.and_then(|reader| source(&location, reader)),
            location,
            sites,
            allocated: self.divisors.amount(&with_time(&line.allocated)),
            saves: self.divisors.amount(&with_time(&line.saves)),
            author_only: line.is_author_only,
        }
    }

    /// The site of a candidate.
    pub(super) fn site(&self, candidate: &Candidate) -> Site {
        let stats = &candidate.stats;
        let share = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        let is_followed = stats.has_lifetimes && stats.lost == 0;
        let knows_churn =
            stats.lost == 0 && (stats.has_lifetimes || self.locator.stacks.knows_in_use);
        let mut site = Site {
            location: self.locator.location(candidate.frame),
            crate_name: self.locator.crate_name(candidate.frame),
            own_code: candidate.owner == super::code_owner::Owner::Own,
            via: candidate.via.map(|via| self.locator.location(via)),
            author_only: candidate.access.is_author_only(),
            kind: candidate.kind,
            allocated: self.divisors.amount(&candidate.allocated),
            share_of_allocations: share(stats.allocations, self.rules.allocations),
            share_of_bytes: share(stats.bytes, self.rules.bytes),
            samples: stats.samples,
            error: match stats.samples {
                _ if self.rules.is_exact => Some(0.0),
                0 => None,
                samples => Some(1.0 / (samples as f64).sqrt()),
            },
            objects: stats.objects().round() as u64,
            growths: stats.grown().round() as u64,
            is_table: stats.is_table,
            zeroed: stats.zeroed.round() as u64,
            churn: knows_churn.then(|| stats.churn()),
            median_lifetime_ns: stats.lifetimes_ns.median().filter(|_| is_followed),
            median_lifetime_bytes: stats.lifetimes_bytes.median().filter(|_| is_followed),
            sizes: sizes(stats),
            peak_live: is_followed.then(|| stats.peak_live()),
            threads: stats.threads(),
            freed_elsewhere: is_followed.then(|| stats.freed_elsewhere_share()),
            callers: self.locator.callers(&stats.call_paths),
            recommendations: Vec::new(),
            no_action: candidate.outcome.as_ref().err().copied(),
            why: String::new(),
            caveats: self.caveats(candidate),
        };
        let entry = candidate.calls.first();
        let entry = entry.map(|function| self.locator.function(*function));
        let reasons = Reasons {
            site: &site,
            stats,
            access: candidate.access,
            entry,
            costs: &self.rules.costs,
        };
        let recommendation = |(action, totals): &(_, Totals)| Recommendation {
            action: *action,
            saves: self.divisors.amount(totals),
            reason: reasons.recommendation(*action),
        };
        let actions = candidate.outcome.iter().flatten();
        let recommendations = actions.map(recommendation).collect();
        site.why = reasons.site();
        site.recommendations = recommendations;
        site
    }

    /// The limits of what is known of a site.
    fn caveats(&self, candidate: &Candidate) -> Vec<Caveat> {
        let stats = &candidate.stats;
        let is_sampled = self.facts.rate > 1;
        let is_estimated = candidate.outcome.is_ok() && !stats.peak_live().exact;
        let caveats = [
            (stats.lost > 0).then_some(Caveat::SamplesLost(stats.lost)),
            (!stats.has_lifetimes).then_some(Caveat::Lifetimes),
            is_sampled.then_some(Caveat::Sampled(self.facts.rate)),
            stats.sizes_merged.then_some(Caveat::SizesMerged),
            is_estimated.then_some(Caveat::PeakLiveEstimated),
            (candidate.outcome.as_ref().err() == Some(&NoAction::NoStack))
                .then(|| Caveat::NoStack(stats.bytes / self.rules.bytes.max(1.0))),
        ];
        caveats.into_iter().flatten().collect()
    }
}

/// The text of a line, without the space around it; `None` if it cannot be read or is empty.
fn source(location: &SourceLocation, reader: &mut SourceReader<'_>) -> Option<String> {
    let number = usize::try_from(location.line?).ok()?;
    let lines = reader.read(location.file.as_deref()?).ok()?;
    let text = lines.get(number.checked_sub(1)?)?.text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The distribution of the final sizes of objects. From samples, a few objects may seem to keep a
/// smaller size because a growth was not sampled; the smallest sizes of growing objects are ignored
/// therefore.
fn sizes(stats: &SiteStats) -> Sizes {
    /// The fraction of growing objects whose sizes are ignored.
    const STRAY: f64 = 0.05;
    let final_sizes = Growth::of(&stats.sizes).final_sizes;
    let all = final_sizes.values().sum::<f64>();
    let quantile = |share: f64| {
        let mut below = 0.0;
        let found = final_sizes.iter().find(|(_, count)| {
            below += **count;
            below >= share * all
        });
        found.map_or(0, |(size, _)| *size)
    };
    let stray = if stats.is_exact || !stats.grows() {
        0.0
    } else {
        STRAY
    };
    Sizes {
        least: quantile(stray),
        median: quantile(0.5),
        greatest: final_sizes.last_key_value().map_or(0, |(size, _)| *size),
    }
}
