//! Profiles a program, and compares the advice with the program's allocations.

use repool_pprof::Profile;
use repool_pprof::advise::{
    Action, Advice, AdviseSettings, Allocator, Costs, Recommendation, Site,
};
use repool_prof::{AllocatorCosts, Counters, PairCost, Profiler};

/// The advice on a program, and the program's allocations.
pub struct Run {
    pub advice: Advice,
    pub spent: Counters,
    pub rate: u64,
}

/// Costs that do not depend on the machine.
pub fn costs() -> Costs {
    let pair = |size, fresh_ns, grown_ns| PairCost {
        size,
        fresh_ns,
        grown_ns,
        ..PairCost::default()
    };
    let mut costs = Costs::new(2.0, 4.0);
    costs.allocator = AllocatorCosts::new([pair(16, 20.0, 30.0), pair(65536, 200.0, 400.0)]);
    costs
}

/// Profiles `work`, which does `operations` and returns the allocations of other threads.
pub fn profiled(rate: u64, operations: u64, work: impl FnOnce() -> Counters) -> Run {
    profiled_with(costs(), rate, operations, work)
}

pub fn profiled_with(
    costs: Costs,
    rate: u64,
    operations: u64,
    work: impl FnOnce() -> Counters,
) -> Run {
    let run = estimated(costs, rate, operations, work);
    run.near(run.advice.allocated.bytes, run.spent.bytes);
    run.near(run.advice.allocated.allocations, run.spent.allocations);
    run
}

/// As [`profiled_with`], without a check of the totals, for runs with few samples.
pub fn estimated(costs: Costs, rate: u64, operations: u64, work: impl FnOnce() -> Counters) -> Run {
    let profiler = Profiler::builder()
        .rate(rate)
        .seed(7)
        .start()
        .expect("it starts");
    let before = Counters::now();
    let elsewhere = work();
    let own = Counters::now() - before;
    profiler.pause();
    let mut file = Vec::new();
    let snapshot = profiler.snapshot();
    let export = snapshot.export().operations(operations);
    export
        .without_allocator_costs()
        .write_to(&mut file)
        .expect("memory takes it");
    let profile = Profile::parse(&file).expect("it is sound");
    let settings = AdviseSettings::new().max_sites(100).costs(costs);
    let advice = Advice::of(&profile, &settings).expect("these are allocations");
    assert_eq!(advice.operations, Some(operations));
    assert_eq!(advice.allocator, Some(Allocator::Given));
    println!("{advice}");
    Run {
        advice,
        spent: Counters {
            allocations: own.allocations + elsewhere.allocations,
            bytes: own.bytes + elsewhere.bytes,
            frees: own.frees + elsewhere.frees,
        },
        rate,
    }
}

pub fn own(work: impl FnOnce()) -> Counters {
    let before = Counters::now();
    work();
    Counters::now() - before
}

impl Run {
    /// The only site of the function.
    pub fn site(&self, function: &str) -> &Site {
        let mut sites = self
            .advice
            .sites
            .iter()
            .filter(|site| site.location.function.ends_with(function));
        let site = sites.next().expect("there is such a site");
        assert!(sites.next().is_none(), "two sites in {function}");
        site
    }

    /// Asserts that the values are equal, or for sampled runs that they differ by at most a tenth.
    #[track_caller]
    pub fn near(&self, told: u64, truth: u64) {
        if self.rate == 1 {
            assert_eq!(told, truth);
        } else {
            within_a_tenth(told, truth);
        }
    }

    /// Asserts that the site has all allocations of the program.
    #[track_caller]
    pub fn is_all(&self, site: &Site) {
        self.near(site.allocated.bytes, self.spent.bytes);
        self.near(site.allocated.allocations, self.spent.allocations);
        let operations = self.advice.operations.expect("it was told") as f64;
        let rates = site.allocated.per_operation.expect("operations are known");
        assert_eq!(rates.bytes, site.allocated.bytes as f64 / operations);
    }

    #[track_caller]
    pub fn has_nothing_to_do(&self) {
        assert_eq!(self.advice.recommended, 0);
        assert_eq!(self.advice.saves.bytes, 0);
        for site in &self.advice.sites {
            assert!(site.recommendations.is_empty() && site.no_action.is_some());
        }
    }
}

/// Asserts that the saving is the difference of allocations before and after the change.
#[track_caller]
pub fn saves(recommendation: &Recommendation, before: Counters, after: Counters) {
    within_a_tenth(
        recommendation.saves.allocations,
        before.allocations - after.allocations,
    );
    within_a_tenth(recommendation.saves.bytes, before.bytes - after.bytes);
}

#[track_caller]
pub fn within_a_tenth(told: u64, truth: u64) {
    let (told, truth) = (told as f64, truth as f64);
    assert!(
        (told - truth).abs() <= 0.1 * truth,
        "{told} was told, and {truth} is true"
    );
}

pub fn actions(site: &Site) -> Vec<Action> {
    site.recommendations
        .iter()
        .map(|recommendation| recommendation.action)
        .collect()
}
