use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use super::chains::{Chain, chains};
use super::choice::{Divisors, Totals};
use super::figures::Figures;
use super::growth::Growth;
use super::judge::Judge;
use super::places::Places;
use super::stacks::{Frame, Stacks, is_exact};
use super::{AdviseError, AdviseSettings, Amount, Choice, Nothing, Site, Sizes, Unknown, reasons};
use crate::Profile;
use crate::pipeline::runtime_frames;

/// Which call sites are worth a change, by what it would save; see the [module](super).
///
/// Printed, it is text for people, at most 100 columns wide. As JSON its fields are those of this
/// and the types in it, under the same names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// The form of the JSON: 1.
    pub version: u32,
    /// Operations that the profile is of, if they are known.
    pub operations: Option<u64>,
    /// How long a time it is about, if that is known.
    pub duration_ns: Option<u64>,
    /// Bytes between two samples in the mean, if they are known; 1 if every block is a sample.
    pub rate: Option<u64>,
    /// Whose costs the times rest on, if there are any.
    pub allocator: Option<Allocator>,
    /// All that was allocated, and the allocator's time for it.
    pub allocated: Amount,
    /// The sites: first those to do something about, by what that saves; then others by their bytes.
    pub sites: Vec<Site>,
    /// How many sites are not among them.
    pub more_sites: u64,
    /// How many sites there is something to do about, with those that are not listed.
    pub recommended: u64,
    /// What the first choice of each of these saves, all together.
    pub saving: Amount,
    /// What is not known.
    pub unknowns: Vec<Unknown>,
}

/// Where the allocator was measured whose times are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocator {
    /// In the profiled program.
    Profiled,
    /// Elsewhere: [`Costs::allocator`](super::Costs::allocator).
    Given,
}

/// A site, before it is told.
struct Found<'a> {
    frame: Frame,
    figures: Figures,
    chains: Vec<&'a Chain>,
    outcome: Result<Vec<(super::Kind, Totals)>, Nothing>,
}

impl Advice {
    /// Reads what a profile says.
    ///
    /// # Errors
    ///
    /// If it is no profile of allocations: it needs `alloc_objects` and `alloc_space`.
    pub fn of(profile: &Profile, settings: &AdviseSettings) -> Result<Self, AdviseError> {
        let shown = match settings.all_frames {
            true => Cow::Borrowed(profile),
            false => runtime_frames::without(profile),
        };
        let profile = &*shown;
        let stacks = Stacks::read(profile)?;
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
        let judge = Judge {
            costs: &settings.costs,
            allocator: costs,
            operations,
            duration_ns: duration.unwrap_or(0) as f64,
            allocations: all().map(|blocks| blocks.objects).sum(),
            bytes: all().map(|blocks| blocks.bytes).sum(),
            is_exact: is_exact(lifetimes),
        };
        let chains = chains(&stacks.stacks);
        let mut found = find(profile, &stacks, &chains, &judge);
        found.sort_by(|a, b| rank(a).compare(&rank(b)));

        let divisors = Divisors {
            operations,
            seconds: duration
                .filter(|_| operations.is_none())
                .map(|ns| ns as f64 / 1e9),
        };
        let mut allocated = Totals {
            allocations: judge.allocations,
            bytes: judge.bytes,
            ns: costs.map(|_| 0.0),
        };
        let mut saving = Totals {
            ns: costs.map(|_| 0.0),
            ..Totals::default()
        };
        let mut recommended = 0;
        for site in &found {
            if let Some(sum) = &mut allocated.ns {
                *sum += judge.cost(&site.figures.sizes).unwrap_or(0.0);
            }
            if let Ok([(_, best), ..]) = site.outcome.as_deref() {
                recommended += 1;
                saving.allocations += best.allocations;
                saving.bytes += best.bytes;
                saving.ns = saving.ns.zip(best.ns).map(|(sum, ns)| sum + ns);
            }
        }
        let teller = Teller {
            places: Places {
                profile,
                stacks: &stacks,
            },
            judge: &judge,
            divisors,
        };
        let listed = found.len().min(settings.most_sites);
        Ok(Self {
            version: 1,
            operations,
            duration_ns: duration,
            rate: rate(profile),
            allocator,
            allocated: divisors.amount(&allocated),
            sites: found[..listed]
                .iter()
                .map(|site| teller.site(site))
                .collect(),
            more_sites: (found.len() - listed) as u64,
            recommended,
            saving: divisors.amount(&saving),
            unknowns: unknowns(profile, &judge, allocator, &found),
        })
    }

    /// As JSON, indented, with a line break at the end.
    ///
    /// # Panics
    ///
    /// Never: all of it can be written as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("it has names and numbers only") + "\n"
    }
}

/// Sums chains up by their function and the line in it.
fn find<'a>(
    profile: &Profile,
    stacks: &Stacks,
    chains: &'a [Chain],
    judge: &Judge<'_>,
) -> Vec<Found<'a>> {
    let mut sites: HashMap<Frame, usize> = HashMap::new();
    let mut found: Vec<(Frame, Vec<&Chain>)> = Vec::new();
    for chain in chains {
        let frame = stacks.stacks[chain.first].frames[chain.depth];
        let place = *sites.entry(frame).or_insert(found.len());
        if place == found.len() {
            found.push((frame, Vec::new()));
        }
        found[place].1.push(chain);
    }
    found
        .into_iter()
        .map(|(frame, chains)| {
            let figures = Figures::of(stacks, &chains, judge.is_exact);
            let name = stacks.functions[frame.function as usize].name;
            let has_stack = !matches!(profile.text(name), "[overflow]" | "[unknown]");
            let outcome = match has_stack {
                true => judge.judge(&figures),
                false => Err(Nothing::NoStack),
            };
            Found {
                frame,
                figures,
                chains,
                outcome,
            }
        })
        .collect()
}

/// What sites are ordered by.
struct Rank([f64; 4], Frame);

impl Rank {
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let pairs = self.0.iter().zip(&other.0);
        let by_figures = pairs
            .map(|(a, b)| b.total_cmp(a))
            .find(|order| order.is_ne());
        by_figures.unwrap_or_else(|| {
            let key = |rank: &Self| (rank.1.function, rank.1.line);
            key(self).cmp(&key(other))
        })
    }
}

fn rank(site: &Found<'_>) -> Rank {
    let best = site.outcome.as_deref().ok().and_then(<[_]>::first);
    let figures = match best {
        Some((_, best)) => [1.0, best.ns.unwrap_or(0.0), best.bytes, best.allocations],
        None => [0.0, 0.0, site.figures.bytes, site.figures.allocations],
    };
    Rank(figures, site.frame)
}

/// Tells what was found.
struct Teller<'a> {
    places: Places<'a>,
    judge: &'a Judge<'a>,
    divisors: Divisors,
}

impl Teller<'_> {
    fn site(&self, found: &Found<'_>) -> Site {
        let figures = &found.figures;
        let share = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        let knows_churn = figures.has_lives || self.places.stacks.knows_in_use;
        let lives = figures.has_lives;
        let allocated = Totals {
            allocations: figures.allocations,
            bytes: figures.bytes,
            ns: self.judge.cost(&figures.sizes),
        };
        let most_alive = figures.most_alive(self.judge.duration_ns).round() as u64;
        let mut site = Site {
            place: self.places.place(found.frame),
            allocated: self.divisors.amount(&allocated),
            share_of_allocations: share(figures.allocations, self.judge.allocations),
            share_of_bytes: share(figures.bytes, self.judge.bytes),
            samples: figures.births,
            error: match figures.births {
                _ if self.judge.is_exact => Some(0.0),
                0 => None,
                births => Some(1.0 / (births as f64).sqrt()),
            },
            objects: figures.objects().round() as u64,
            growths: figures.grown().round() as u64,
            is_table: figures.is_table,
            churn: knows_churn.then(|| figures.churn()),
            median_lifetime_ns: figures.times.median(),
            median_lifetime_bytes: figures.meanwhile.median(),
            sizes: sizes(figures),
            most_alive: lives.then_some(most_alive),
            freed_elsewhere: lives.then(|| figures.elsewhere()),
            callers: self.places.callers(&figures.callers),
            choices: Vec::new(),
            nothing: found.outcome.as_ref().err().copied(),
            why: String::new(),
        };
        site.why = reasons::site(&site, figures);
        for (kind, totals) in found.outcome.iter().flatten() {
            site.choices.push(Choice {
                kind: *kind,
                saving: self.divisors.amount(totals),
                why: reasons::choice(*kind, &site, figures),
            });
        }
        site
    }
}

/// The sizes that objects end with. What grows a little less often than it should, by the samples,
/// ends with smaller ones: the least are left out then.
fn sizes(figures: &Figures) -> Sizes {
    const STRAY: f64 = 0.05;
    let last = Growth::of(&figures.sizes).last;
    let all = last.values().sum::<f64>();
    let quantile = |share: f64| {
        let mut below = 0.0;
        let found = last.iter().find(|(_, count)| {
            below += **count;
            below >= share * all
        });
        found.map_or(0, |(size, _)| *size)
    };
    let stray = if figures.is_exact || !figures.grows() {
        0.0
    } else {
        STRAY
    };
    Sizes {
        least: quantile(stray),
        median: quantile(0.5),
        greatest: last.last_key_value().map_or(0, |(size, _)| *size),
    }
}

/// Bytes between two samples, as `repool-prof` tells it, or else as every heap profile may.
fn rate(profile: &Profile) -> Option<u64> {
    let told = profile.lifetimes().map(|lifetimes| lifetimes.rate);
    let period = || {
        let kind = profile.period_type?;
        let is_space = profile.text(kind.kind) == "space" && profile.text(kind.unit) == "bytes";
        is_space.then(|| u64::try_from(profile.period).ok())?
    };
    let known = |rate: &u64| *rate > 0;
    told.filter(known).or_else(|| period().filter(known))
}

fn unknowns(
    profile: &Profile,
    judge: &Judge<'_>,
    allocator: Option<Allocator>,
    found: &[Found<'_>],
) -> Vec<Unknown> {
    let no_stack: f64 = found
        .iter()
        .filter(|site| matches!(site.outcome, Err(Nothing::NoStack)))
        .map(|site| site.figures.bytes)
        .sum();
    let recommended = || found.iter().filter(|site| site.outcome.is_ok());
    let merged = recommended().any(|site| site.figures.sizes_merged);
    let together = recommended().any(|site| site.chains.len() > 1);
    let any = recommended().next().is_some();
    let unknowns = [
        (profile.lifetimes().is_none()).then_some(Unknown::Lifetimes),
        rate(profile).filter(|rate| *rate > 1).map(Unknown::Sampled),
        (no_stack > 0.0).then(|| Unknown::NoStack(no_stack / judge.bytes.max(1.0))),
        merged.then_some(Unknown::SizesMerged),
        together.then_some(Unknown::AliveTogether),
        judge.operations.is_none().then_some(Unknown::Operations),
        match allocator {
            Some(Allocator::Given) => Some(Unknown::OtherAllocator),
            Some(Allocator::Profiled) => None,
            None => Some(Unknown::NoAllocator),
        },
        allocator.is_some().then_some(Unknown::AllocatorAtItsBest),
        any.then_some(Unknown::Types),
        any.then_some(Unknown::Making),
        Some(Unknown::Foreign),
    ];
    unknowns.into_iter().flatten().collect()
}
