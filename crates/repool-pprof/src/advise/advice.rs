//! [`Advice`]: the sites of a profile with their recommendations, and the totals.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use super::alloc_stacks::{AllocStacks, FrameKey, is_exact};
use super::chains::{Chain, chains};
use super::growth::Growth;
use super::locator::SourceLocator;
use super::recommendation::{Divisors, Totals};
use super::rules::Rules;
use super::site_stats::SiteStats;
use super::{
    AdviseError, AdviseSettings, Amount, Caveat, NoAction, Recommendation, Site, Sizes, reasons,
};
use crate::pipeline::runtime_frames;
use crate::profile::Profile;

/// The call sites that are worth a change, and what the change would save; see the [module](super)
/// for the rules and an example.
///
/// `Display` prints a text of at most 100 columns. [`to_json`](Advice::to_json) has the fields of
/// this struct under their names, but for `caveats`, which is `unknowns`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Advice {
    /// The version of the JSON form: 1.
    pub version: u32,
    /// The number of operations, if it is known.
    pub operations: Option<u64>,
    /// The time that the profile covers in nanoseconds, if it is known.
    pub duration_ns: Option<u64>,
    /// The mean number of bytes between samples, if it is known; 1 if every block was sampled.
    pub rate: Option<u64>,
    /// The allocator whose costs the times are based on; `None` if there are no times.
    pub allocator: Option<Allocator>,
    /// All allocations of the profile, and the allocator's time for them.
    pub allocated: Amount,
    /// The sites: first those with recommendations, by the saving of the first one; then others, by
    /// bytes.
    pub sites: Vec<Site>,
    /// The number of sites that are not in `sites`.
    pub more_sites: u64,
    /// The number of sites with recommendations, including those that are not in `sites`.
    pub recommended: u64,
    /// The sum of what the first recommendation of each of these sites saves.
    pub saving: Amount,
    /// The limits of the advice.
    #[serde(rename = "unknowns")]
    pub caveats: Vec<Caveat>,
}

/// The program in which the allocator was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Allocator {
    /// The profiled program.
    Profiled,
    /// Another program: the costs are [`Costs::allocator`](super::Costs::allocator).
    Given,
}

/// A site with its statistics, before it is turned into a [`Site`].
struct Candidate<'a> {
    frame: FrameKey,
    stats: SiteStats,
    chains: Vec<&'a Chain>,
    outcome: Result<Vec<(super::Action, Totals)>, NoAction>,
}

impl Advice {
    /// Analyzes the allocations of a profile.
    ///
    /// # Errors
    ///
    /// If the profile does not have the sample types `alloc_objects` and `alloc_space`.
    pub fn of(profile: &Profile, settings: &AdviseSettings) -> Result<Self, AdviseError> {
        let shown = match settings.all_frames {
            true => Cow::Borrowed(profile),
            false => runtime_frames::removed(profile),
        };
        let profile = &*shown;
        let stacks = AllocStacks::read(profile)?;
        let lifetimes = profile.lifetimes();
        let profiled = lifetimes.and_then(|lifetimes| lifetimes.allocator_costs());
        let (costs, allocator) = match (&profiled, &settings.costs.allocator) {
            (Some(costs), _) => (Some(costs), Some(Allocator::Profiled)),
            (None, Some(costs)) => (Some(costs), Some(Allocator::Given)),
            (None, None) => (None, None),
        };
        let operations = settings.operations.filter(|count| *count > 0);
        let operations = operations.or(lifetimes
            .map(|lifetimes| lifetimes.operations)
            .filter(|count| *count > 0));
        let duration = u64::try_from(profile.duration_nanos())
            .ok()
            .filter(|ns| *ns > 0);
        let all = || stacks.stacks.iter().flat_map(|stack| &stack.sizes);
        let rules = Rules {
            costs: &settings.costs,
            allocator: costs,
            operations,
            duration_ns: duration.unwrap_or(0) as f64,
            allocations: all().map(|blocks| blocks.objects).sum(),
            bytes: all().map(|blocks| blocks.bytes).sum(),
            is_exact: is_exact(lifetimes),
        };
        let chains = chains(&stacks.stacks);
        let mut found = candidates(profile, &stacks, &chains, &rules);
        found.sort_by(|a, b| rank(a).compare(&rank(b)));

        let divisors = Divisors {
            operations,
            seconds: duration
                .filter(|_| operations.is_none())
                .map(|ns| ns as f64 / 1e9),
        };
        let mut allocated = Totals {
            allocations: rules.allocations,
            bytes: rules.bytes,
            ns: costs.map(|_| 0.0),
        };
        let mut saving = Totals {
            ns: costs.map(|_| 0.0),
            ..Totals::default()
        };
        let mut recommended = 0;
        for site in &found {
            if let Some(sum) = &mut allocated.ns {
                *sum += rules.cost(&site.stats.sizes).unwrap_or(0.0);
            }
            if let Ok([(_, best), ..]) = site.outcome.as_deref() {
                recommended += 1;
                saving.allocations += best.allocations;
                saving.bytes += best.bytes;
                saving.ns = saving.ns.zip(best.ns).map(|(sum, ns)| sum + ns);
            }
        }
        let builder = SiteBuilder {
            locator: SourceLocator {
                profile,
                stacks: &stacks,
            },
            rules: &rules,
            divisors,
        };
        let listed = found.len().min(settings.max_sites);
        Ok(Self {
            version: 1,
            operations,
            duration_ns: duration,
            rate: rate(profile),
            allocator,
            allocated: divisors.amount(&allocated),
            sites: found[..listed]
                .iter()
                .map(|site| builder.site(site))
                .collect(),
            more_sites: (found.len() - listed) as u64,
            recommended,
            saving: divisors.amount(&saving),
            caveats: caveats(profile, &rules, allocator, &found),
        })
    }

    /// The advice as indented JSON, with a line break at the end.
    ///
    /// ```
    /// use repool_pprof::Profile;
    /// use repool_pprof::advise::{Advice, AdviseSettings};
    ///
    /// let profile = Profile::open("tests/data/orders.pb.gz")?;
    /// let json = Advice::of(&profile, &AdviseSettings::new())?.to_json();
    /// assert!(json.starts_with("{\n  \"version\": 1,"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("names and numbers can be written as JSON") + "\n"
    }
}

/// Groups chains by their function and line, and applies the rules to each group.
fn candidates<'a>(
    profile: &Profile,
    stacks: &AllocStacks,
    chains: &'a [Chain],
    rules: &Rules<'_>,
) -> Vec<Candidate<'a>> {
    let mut sites: HashMap<FrameKey, usize> = HashMap::new();
    let mut found: Vec<(FrameKey, Vec<&Chain>)> = Vec::new();
    for chain in chains {
        let frame = stacks.stacks[chain.first].frames[chain.depth];
        let index = *sites.entry(frame).or_insert(found.len());
        if index == found.len() {
            found.push((frame, Vec::new()));
        }
        found[index].1.push(chain);
    }
    found
        .into_iter()
        .map(|(frame, chains)| {
            let stats = SiteStats::of(stacks, &chains, rules.is_exact);
            let name = stacks.functions[frame.function as usize].name;
            let has_stack = !matches!(profile.string(name), "[overflow]" | "[caveat]");
            let outcome = match has_stack {
                true => rules.recommend(&stats),
                false => Err(NoAction::NoStack),
            };
            Candidate {
                frame,
                stats,
                chains,
                outcome,
            }
        })
        .collect()
}

/// The sort key of sites.
struct Rank([f64; 4], FrameKey);

impl Rank {
    /// Orders by the numbers, the largest first, then by the frame.
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let pairs = self.0.iter().zip(&other.0);
        let by_keys = pairs
            .map(|(a, b)| b.total_cmp(a))
            .find(|order| order.is_ne());
        by_keys.unwrap_or_else(|| {
            let key = |rank: &Self| (rank.1.function, rank.1.line);
            key(self).cmp(&key(other))
        })
    }
}

/// The sort key of a site.
fn rank(site: &Candidate<'_>) -> Rank {
    let best = site.outcome.as_deref().ok().and_then(<[_]>::first);
    let stats = match best {
        Some((_, best)) => [1.0, best.ns.unwrap_or(0.0), best.bytes, best.allocations],
        None => [0.0, 0.0, site.stats.bytes, site.stats.allocations],
    };
    Rank(stats, site.frame)
}

/// Turns candidates into sites.
struct SiteBuilder<'a> {
    locator: SourceLocator<'a>,
    rules: &'a Rules<'a>,
    divisors: Divisors,
}

impl SiteBuilder<'_> {
    /// The site of a candidate.
    fn site(&self, candidate: &Candidate<'_>) -> Site {
        let stats = &candidate.stats;
        let share = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        let knows_churn = stats.has_lifetimes || self.locator.stacks.knows_in_use;
        let allocated = Totals {
            allocations: stats.allocations,
            bytes: stats.bytes,
            ns: self.rules.cost(&stats.sizes),
        };
        let peak_live = stats.peak_live(self.rules.duration_ns).round() as u64;
        let mut site = Site {
            location: self.locator.location(candidate.frame),
            allocated: self.divisors.amount(&allocated),
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
            churn: knows_churn.then(|| stats.churn()),
            median_lifetime_ns: stats.lifetimes_ns.median(),
            median_lifetime_bytes: stats.lifetimes_bytes.median(),
            sizes: sizes(stats),
            peak_live: stats.has_lifetimes.then_some(peak_live),
            freed_elsewhere: stats.has_lifetimes.then(|| stats.freed_elsewhere_share()),
            callers: self.locator.callers(&stats.call_paths),
            recommendations: Vec::new(),
            no_action: candidate.outcome.as_ref().err().copied(),
            why: String::new(),
        };
        site.why = reasons::site(&site, stats);
        for (action, totals) in candidate.outcome.iter().flatten() {
            site.recommendations.push(Recommendation {
                action: *action,
                saving: self.divisors.amount(totals),
                why: reasons::recommendation(*action, &site, stats),
            });
        }
        site
    }
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

/// The mean number of bytes between samples: of `repool-prof`'s extension, or else the profile's
/// period.
fn rate(profile: &Profile) -> Option<u64> {
    let recorded = profile.lifetimes().map(|lifetimes| lifetimes.rate);
    let period = || {
        let kind = profile.period_type?;
        let is_space = profile.string(kind.kind) == "space" && profile.string(kind.unit) == "bytes";
        is_space.then(|| u64::try_from(profile.period).ok())?
    };
    let known = |rate: &u64| *rate > 0;
    recorded.filter(known).or_else(|| period().filter(known))
}

/// The limits of the advice on this profile.
fn caveats(
    profile: &Profile,
    rules: &Rules<'_>,
    allocator: Option<Allocator>,
    found: &[Candidate<'_>],
) -> Vec<Caveat> {
    let no_stack: f64 = found
        .iter()
        .filter(|site| matches!(site.outcome, Err(NoAction::NoStack)))
        .map(|site| site.stats.bytes)
        .sum();
    let recommended = || found.iter().filter(|site| site.outcome.is_ok());
    let merged = recommended().any(|site| site.stats.sizes_merged);
    let is_estimated = recommended().any(|site| site.chains.len() > 1);
    let any = recommended().next().is_some();
    let caveats = [
        (profile.lifetimes().is_none()).then_some(Caveat::Lifetimes),
        rate(profile).filter(|rate| *rate > 1).map(Caveat::Sampled),
        (no_stack > 0.0).then(|| Caveat::NoStack(no_stack / rules.bytes.max(1.0))),
        merged.then_some(Caveat::SizesMerged),
        is_estimated.then_some(Caveat::PeakLiveEstimated),
        rules.operations.is_none().then_some(Caveat::Operations),
        match allocator {
            Some(Allocator::Given) => Some(Caveat::OtherAllocator),
            Some(Allocator::Profiled) => None,
            None => Some(Caveat::NoAllocator),
        },
        allocator.is_some().then_some(Caveat::UncontendedAllocator),
        any.then_some(Caveat::Types),
        any.then_some(Caveat::Construction),
        Some(Caveat::Foreign),
    ];
    caveats.into_iter().flatten().collect()
}
