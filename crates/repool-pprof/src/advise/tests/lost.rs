//! Samples that the profiler could not follow.

use super::test_profile::TestProfile;
use super::{actions, unwrapped};
use crate::advise::{Action, NoAction};
use crate::{Analysis, Settings};

const MANY: i64 = 250_000;

/// A cache that is kept for good, of which most samples were lost, and a buffer for each request.
fn program() -> TestProfile {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("load", 5)], 1, &[(64, MANY, 0, 0)]);
    made.stack(&[("main", 2), ("request", 7)], 1, &[(300, MANY, 0, 0)]);
    let lifetimes = made.lifetimes();
    lifetimes.version = 1;
    lifetimes.lost_samples = 234_658;
    lifetimes.stacks[0].lost = 234_658;
    made
}

#[test]
fn a_site_with_lost_samples_has_no_verdict() {
    let advice = program().advice(MANY as u64);
    assert_eq!((advice.lost_samples, advice.exact), (234_658, false));
    let load = advice
        .sites
        .iter()
        .find(|site| site.location.function == "load");
    let load = load.expect("the site is listed");
    assert_eq!(load.no_action, Some(NoAction::SamplesLost));
    assert_eq!((load.peak_live, load.churn), (None, None));
    assert!(
        load.why.is_empty() || !load.why.contains("freed"),
        "{}",
        load.why
    );
}

#[test]
fn lost_samples_are_printed_with_the_cure() {
    let advice = program().advice(MANY as u64);
    let text = advice.to_string();
    assert!(text.contains("\nLost samples: 234658.\n"), "{text}");
    let unwrapped = unwrapped(&advice);
    assert!(
        unwrapped.contains("larger rate number, or with a higher memory limit"),
        "{text}"
    );
    assert!(!unwrapped.contains("smaller rate"), "{text}");
}

#[test]
fn other_sites_keep_their_verdicts() {
    let mut made = program();
    made.lifetimes().stacks[0].lost = 0;
    let advice = made.advice(MANY as u64);
    // No number is exact any more, but every sample of this site was followed.
    assert_eq!(actions(&advice, 0)[0], Action::Scratch);
}

#[test]
fn tables_print_lost_samples() {
    let profile = program().profile();
    let text = |profile, all_frames| {
        let settings = Settings::new().all_frames(all_frames);
        let analysis = Analysis::new(profile, None, &settings).expect("a profile of allocations");
        let warnings: Vec<String> = analysis
            .warnings()
            .iter()
            .map(ToString::to_string)
            .collect();
        (analysis.top().to_string(), warnings)
    };
    let line = "Lost samples: 234658 (inuse values are too low; use a larger rate number, or a higher \
                memory limit)";
    let (table, warnings) = text(profile.clone(), false);
    assert!(table.contains(line) && warnings.is_empty(), "{table}");
    // With all frames, the table is that of pprof.
    let (table, warnings) = text(profile.clone(), true);
    assert!(!table.contains("Lost samples"), "{table}");
    assert_eq!(warnings, [line]);
    let twice = profile.clone().merge([profile]).expect("equal types");
    assert!(text(twice, false).0.contains("Lost samples: 469316 "));
}
