//! [`Candidate`]s: the sites of a profile with their statistics and the rules' outcome, before they are
//! turned into what users see; and the user's lines that they are grouped by.

use rustc_hash::FxHashMap;

use super::NoAction;
use super::access::{Access, DependencySite, method};
use super::alloc_stacks::{AllocStacks, FrameKey};
use super::amount::Totals;
use super::chains::Chain;
use super::code_owner::{CodeOwners, Owner, crate_name};
use super::object_kind::ObjectKind;
use super::rules::{KEPT, Outcome, Rules};
use super::site_stats::SiteStats;
use crate::profile::Profile;

/// A site with its statistics.
pub(super) struct Candidate {
    /// The function and line that allocate.
    pub(super) frame: FrameKey,
    /// The user's line that leads to the site; `None` if no function on the stack is the user's.
    pub(super) via: Option<FrameKey>,
    pub(super) owner: Owner,
    pub(super) kind: ObjectKind,
    pub(super) access: Access,
    pub(super) stats: SiteStats,
    pub(super) allocated: Totals,
    pub(super) outcome: Outcome,
    /// A dependency's functions, from the one that the user's line calls to the site.
    pub(super) calls: Vec<u32>,
}

/// The sites that one line of the user's leads to.
pub(super) struct Line {
    /// The user's line, or the site itself if no function on its stack is the user's.
    pub(super) frame: FrameKey,
    /// The indices of the sites, the best first.
    pub(super) sites: Vec<usize>,
    pub(super) allocated: Totals,
    /// The sum of what the first recommendation of each site saves that the user can change.
    pub(super) saves: Totals,
    /// Whether the line has recommendations, but only the dependency's author can follow them.
    pub(super) is_author_only: bool,
}

impl Candidate {
    /// The saving of the first recommendation; `None` if there is none.
    pub(super) fn best(&self) -> Option<&Totals> {
        let actions = self.outcome.as_deref().ok()?;
        actions.first().map(|(_, totals)| totals)
    }

    /// Whether the user can follow a recommendation.
    pub(super) fn is_users(&self) -> bool {
        self.best().is_some() && !self.access.is_author_only()
    }

    /// The sort key: sites that the user can change, then those that an author can, then others.
    fn rank(&self) -> Rank {
        let class = match (self.is_users(), self.best()) {
            (true, _) => 2.0,
            (false, Some(_)) => 1.0,
            (false, None) => 0.0,
        };
        let all = Totals {
            ns: None,
            ..self.allocated
        };
        Rank::new(class, self.best().unwrap_or(&all), self.frame)
    }
}

/// A sort key.
pub(super) struct Rank([f64; 4], FrameKey);

impl Rank {
    /// Ranks by a class, then by time, bytes and allocations.
    pub(super) fn new(class: f64, totals: &Totals, frame: FrameKey) -> Self {
        let keys = [class, totals.best_ns(), totals.bytes, totals.allocations];
        Self(keys, frame)
    }

    /// Orders by the numbers, the largest first, then by the frame.
    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let pairs = self.0.iter().zip(&other.0);
        let by_keys = pairs
            .map(|(a, b)| b.total_cmp(a))
            .find(|order| order.is_ne());
        by_keys.unwrap_or_else(|| {
            let key = |rank: &Self| (rank.1.function, rank.1.line());
            key(self).cmp(&key(other))
        })
    }
}

/// What makes chains one site: the allocating frame, the user's line, whether objects are of bytes, and
/// whether they are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct SiteKey {
    frame: FrameKey,
    via: Option<FrameKey>,
    /// `None` if the alignment is not known.
    is_of_bytes: Option<bool>,
    is_kept: bool,
}

/// Finds the sites.
pub(super) struct SiteFinder<'a> {
    pub(super) profile: &'a Profile,
    pub(super) stacks: &'a AllocStacks,
    pub(super) owners: &'a CodeOwners,
    pub(super) rules: &'a Rules<'a>,
}

impl SiteFinder<'_> {
    /// Groups chains to sites, and applies the rules to each. The best is first.
    pub(super) fn sites(&self, chains: &[Chain]) -> Vec<Candidate> {
        let mut indices: FxHashMap<SiteKey, usize> = FxHashMap::default();
        let mut found: Vec<(SiteKey, Vec<&Chain>)> = Vec::new();
        for chain in chains {
            let key = self.key(chain);
            let index = *indices.entry(key).or_insert(found.len());
            if index == found.len() {
                found.push((key, Vec::new()));
            }
            found[index].1.push(chain);
        }
        let mut sites: Vec<Candidate> = found
            .into_iter()
            .map(|(key, chains)| self.candidate(key, &chains))
            .collect();
        self.judge(&mut sites);
        sites.sort_by(|a, b| a.rank().compare(&b.rank()));
        sites
    }

    /// The site of a chain: the innermost function that is common to its stacks. If that is the
    /// user's and the objects are allocated in a dependency, the allocating function is the site.
    fn key(&self, chain: &Chain) -> SiteKey {
        let frames = &self.stacks.stacks[chain.first].frames;
        let owner = |frame: &&FrameKey| self.owners.get(frame.function);
        let mut depth = chain.depth;
        if owner(&&frames[depth]) == Owner::Own {
            let inner = frames.iter().rposition(|frame| owner(&frame) != Owner::Std);
            depth = inner.map_or(depth, |inner| inner.max(depth));
            if owner(&&frames[depth]) == Owner::Own {
                depth = chain.depth;
            }
        }
        let own = |frame: &&FrameKey| owner(frame) == Owner::Own;
        SiteKey {
            frame: frames[depth],
            via: frames[..=depth].iter().rev().find(own).copied(),
            is_of_bytes: self.is_of_bytes(chain),
            is_kept: self.is_kept(chain),
        }
    }

    /// Whether a chain's objects are of bytes, by their alignment; `None` if it is not known. Texts and
    /// other objects that one line allocates are sites of their own, because no pool holds both.
    fn is_of_bytes(&self, chain: &Chain) -> Option<bool> {
        let alignments = chain
            .stacks
            .iter()
            .map(|stack| self.stacks.stacks[*stack].alignment());
        let largest = alignments
            .collect::<Option<Vec<u64>>>()?
            .into_iter()
            .max()?;
        Some(largest == 1)
    }

    /// Whether many of a chain's objects are in use at the end. Such chains are sites of their own.
    fn is_kept(&self, chain: &Chain) -> bool {
        /// The fewest objects for a verdict.
        const MIN: f64 = 8.0;
        let (mut fresh, mut in_use) = (0.0, 0.0);
        for stack in chain.stacks.iter().map(|stack| &self.stacks.stacks[*stack]) {
            fresh += stack.fresh();
            in_use += stack.sizes.iter().map(|size| size.in_use).sum::<f64>();
        }
        in_use >= MIN && in_use > KEPT * fresh
    }

    /// A site of these chains, not judged yet.
    fn candidate(&self, key: SiteKey, chains: &[&Chain]) -> Candidate {
        let stats = SiteStats::of(
            self.stacks,
            chains,
            self.rules.is_exact,
            self.rules.duration_ns,
        );
        Candidate {
            frame: key.frame,
            via: key.via,
            owner: self.owners.get(key.frame.function),
            kind: ObjectKind::of(&stats),
            access: Access::Own,
            allocated: self.rules.all(&stats),
            outcome: Err(NoAction::Rare),
            calls: self.calls(self.largest(chains), key),
            stats,
        }
    }

    /// The chain with the most objects.
    fn largest<'c>(&self, chains: &[&'c Chain]) -> &'c Chain {
        let fresh = |chain: &Chain| self.stacks.stacks[chain.first].fresh();
        let mut chains = chains.iter().copied();
        let first = chains.next().expect("a site has a chain");
        chains.fold(first, |largest, chain| {
            match fresh(chain) > fresh(largest) {
                true => chain,
                false => largest,
            }
        })
    }

    /// The functions of a dependency from the one that the user's line calls to the site.
    fn calls(&self, chain: &Chain, key: SiteKey) -> Vec<u32> {
        let Some(via) = key.via.filter(|via| *via != key.frame) else {
            return Vec::new();
        };
        let frames = &self.stacks.stacks[chain.first].frames;
        let from = frames.iter().rposition(|frame| *frame == via);
        let to = frames.iter().rposition(|frame| *frame == key.frame);
        let (Some(from), Some(to)) = (from, to) else {
            return Vec::new();
        };
        let inner = frames.get(from + 1..=to).unwrap_or_default().iter();
        inner
            .map(|frame| frame.function)
            .filter(|function| self.owners.get(*function) == Owner::Dependency)
            .collect()
    }

    /// Decides how the user can change each site, and applies the rules.
    fn judge(&self, sites: &mut [Candidate]) {
        share_headers(sites);
        let mut lines: FxHashMap<Option<FrameKey>, Vec<usize>> = FxHashMap::default();
        for (index, site) in sites.iter().enumerate() {
            lines.entry(site.via).or_default().push(index);
        }
        for (via, indices) in lines {
            let accesses = self.accesses(via, &indices, sites);
            for (index, access) in indices.into_iter().zip(accesses) {
                let site = &mut sites[index];
                site.access = access;
                let name = self.name(site.frame.function);
                site.outcome = match matches!(name, "[overflow]" | "[caveat]") {
                    true => Err(NoAction::NoStack),
                    false => self.rules.recommend(&site.stats, site.kind, access),
                };
            }
        }
    }

    /// How the user can change each of the sites of one line.
    fn accesses(
        &self,
        via: Option<FrameKey>,
        indices: &[usize],
        sites: &[Candidate],
    ) -> Vec<Access> {
        let of_line = || indices.iter().map(|index| &sites[*index]);
        let names: Vec<Vec<&str>> = of_line()
            .map(|site| site.calls.iter().map(|call| self.name(*call)).collect())
            .collect();
        let described: Vec<DependencySite<'_>> = of_line()
            .zip(&names)
            .map(|(site, calls)| DependencySite::new(site, calls, self.is_of_entry(site)))
            .collect();
        // A line may call several functions, and each of them another number of times.
        let mut of_entries: FxHashMap<Option<u32>, Vec<usize>> = FxHashMap::default();
        for (number, site) in of_line().enumerate() {
            if site.owner == Owner::Dependency {
                let entry = site.calls.first().copied();
                of_entries.entry(entry).or_default().push(number);
            }
        }
        let entries = of_entries.into_iter().map(|(entry, numbers)| {
            let of_entry = || numbers.iter().map(|number| &sites[indices[*number]]);
            let is_loop = entry.is_some_and(|entry| method(self.name(entry)) == "next");
            let calls = match is_loop {
                true => loop_calls(of_entry()),
                false => line_calls(of_entry, self.rules.operations),
            };
            let makes_buffer =
                |site: &DependencySite<'_>| site.is_buffer() && site.is_per_call(calls);
            let has_buffer = numbers
                .iter()
                .any(|number| makes_buffer(&described[*number]));
            (entry, (calls, has_buffer))
        });
        let entries: FxHashMap<Option<u32>, (f64, bool)> = entries.collect();
        let calls_of = |site: &Candidate| {
            let of_entry = entries.get(&site.calls.first().copied());
            of_entry.copied().unwrap_or_default()
        };
        // The functions below the one that the line calls which make a buffer. What else they make is
        // part of one value with the buffer, as the box and the list of a record are.
        let makers: Vec<u32> = of_line()
            .zip(&described)
            .filter(|(site, described)| {
                site.calls.len() > 1
                    && described.is_buffer()
                    && described.is_per_call(calls_of(site).0)
            })
            .map(|(site, _)| site.frame.function)
            .collect();
        let access = |(site, described): (&Candidate, &DependencySite<'_>)| match site.owner {
            Owner::Own => Access::Own,
            _ if via.is_none() => Access::Author,
            Owner::Std if site.calls.is_empty() => Access::Own,
            _ => {
                let (calls, has_buffer) = calls_of(site);
                let is_part = site.calls.iter().skip(1).any(|call| makers.contains(call));
                described.access(calls, has_buffer && !is_part)
            }
        };
        of_line().zip(&described).map(access).collect()
    }

    /// Whether a dependency's site is of the crate of the function that the user's line calls.
    fn is_of_entry(&self, site: &Candidate) -> bool {
        let crate_of = |function: u32| {
            let function = &self.stacks.functions[function as usize];
            let (name, file) = (function.name, function.file);
            let of = crate_name(self.profile.string(name), self.profile.string(file));
            of.unwrap_or_default().replace('-', "_")
        };
        site.calls.first().is_some_and(|entry| {
            let (entry, of) = (crate_of(*entry), crate_of(site.frame.function));
            of.starts_with(&entry) || entry.starts_with(&of)
        })
    }

    fn name(&self, function: u32) -> &str {
        self.profile
            .string(self.stacks.functions[function as usize].name)
    }
}

/// Sets how many buffers of `bytes` get a header if they are frozen that they do not have today: all but
/// as many as the headers that clones allocate.
fn share_headers(sites: &mut [Candidate]) {
    let objects = |is_header: bool| -> f64 {
        let of_bytes = sites.iter().filter(|site| site.stats.is_of_bytes);
        let kind = of_bytes.filter(|site| site.stats.is_header_of_bytes() == is_header);
        kind.map(|site| site.stats.objects()).sum()
    };
    let (headers, buffers) = (objects(true), objects(false));
    for site in sites {
        site.stats.new_headers = (1.0 - headers / buffers.max(1.0)).max(0.0);
    }
}

/// The number of calls of a dependency's `next`, as far as its sites tell. Sites with fewer objects than
/// half of the most are for some calls only, such as the first.
fn loop_calls<'a>(sites: impl Iterator<Item = &'a Candidate>) -> f64 {
    let objects: Vec<f64> = sites.map(|site| site.stats.objects()).collect();
    let most = objects.iter().copied().fold(0.0, f64::max);
    let many = objects.into_iter().filter(|objects| *objects >= most / 2.0);
    many.fold(f64::INFINITY, f64::min)
}

/// The number of calls of a dependency's function, as far as its sites tell: at least as many as the one
/// with the fewest objects has. Sites with few objects are not for each call.
fn line_calls<'a, I: Iterator<Item = &'a Candidate>>(
    sites: impl Fn() -> I,
    operations: Option<u64>,
) -> f64 {
    /// The fewest objects, as a fraction of the most that a site of the function has.
    const FEW: f64 = 0.001;
    /// The fewest objects, as a fraction of the operations.
    const FEW_OPERATIONS: f64 = 0.5;
    let objects = || sites().map(|site| site.stats.objects());
    let most = FEW * objects().fold(0.0, f64::max);
    let of_operations = operations.map_or(most, |count| FEW_OPERATIONS * count as f64);
    let many = objects().filter(|objects| *objects >= most.min(of_operations));
    many.fold(f64::INFINITY, f64::min)
}

/// The sites by the user's line, the line that saves the most first.
pub(super) fn lines(sites: &[Candidate]) -> Vec<Line> {
    let mut indices: FxHashMap<FrameKey, usize> = FxHashMap::default();
    let mut lines: Vec<Line> = Vec::new();
    for (number, site) in sites.iter().enumerate() {
        let frame = site.via.unwrap_or(site.frame);
        let index = *indices.entry(frame).or_insert(lines.len());
        if index == lines.len() {
            lines.push(Line {
                frame,
                sites: Vec::new(),
                allocated: Totals::zero(),
                saves: Totals::zero(),
                is_author_only: true,
            });
        }
        let line = &mut lines[index];
        line.sites.push(number);
        line.allocated.add(&site.allocated);
        if let Some(best) = site.best().filter(|_| site.is_users()) {
            line.saves.add(best);
        }
        line.is_author_only &= site.access.is_author_only() || site.best().is_none();
    }
    let has_saving = |line: &Line| line.sites.iter().any(|site| sites[*site].is_users());
    let has_any = |line: &Line| line.sites.iter().any(|site| sites[*site].best().is_some());
    for line in &mut lines {
        line.is_author_only &= has_any(line);
    }
    let rank = |line: &Line| match (has_saving(line), line.is_author_only) {
        (true, _) => Rank::new(2.0, &line.saves, line.frame),
        (false, true) => Rank::new(1.0, &line.allocated, line.frame),
        (false, false) => Rank::new(0.0, &line.allocated, line.frame),
    };
    lines.sort_by(|a, b| rank(a).compare(&rank(b)));
    lines
}
