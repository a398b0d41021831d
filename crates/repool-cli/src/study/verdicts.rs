//! The advice's predictions beside the measured savings.

use std::fmt::Write;

use repool_pprof::advise::{Action, Advice, ObjectKind, Recommendation, Site};

use super::workloads::Implementation;
use crate::outcome::{Saving, Verdict};

/// One verdict for each implementation that follows advice on the first one's profile. `costs` holds the
/// cost of an operation for each of `implementations`.
pub(super) fn verdicts<R>(
    advice: &Advice,
    implementations: &[Implementation<R>],
    costs: &[Saving],
) -> Vec<Verdict> {
    let (before, after) = (&implementations[0], &implementations[1..]);
    let followed = after.iter().zip(&costs[1..]);
    followed
        .filter_map(|(implementation, cost)| {
            let (sites, choices): (Vec<&Site>, Vec<Choice>) = advice
                .sites
                .iter()
                .filter(|site| {
                    implementation
                        .follows
                        .is_none_or(|name| is_named(site, name))
                })
                .filter_map(|site| Some((site, (choice(site)?, site.kind))))
                .unzip();
            if sites.is_empty() {
                return None;
            }
            let (predicted, predicted_ns_bounds) = predicted(&choices);
            Some(Verdict {
                before: before.name.into(),
                after: implementation.name.into(),
                advice: describe(&choices),
                sites: sites
                    .iter()
                    .map(|site| site.location.function.clone())
                    .collect(),
                predicted,
                predicted_ns_bounds,
                measured: difference(&costs[0], cost),
            })
        })
        .collect()
}

fn is_named(site: &Site, name: &str) -> bool {
    let function = &site.location.function;
    function == name || function.ends_with(&format!("::{name}"))
}

/// A recommendation, and the kind of the site's objects.
type Choice<'a> = (&'a Recommendation, ObjectKind);

/// The recommendation that the study follows: a pool if one is recommended, else the first.
fn choice(site: &Site) -> Option<&Recommendation> {
    let is_pool =
        |choice: &&Recommendation| matches!(choice.action, Action::Pool | Action::BufPool);
    let choices = &site.recommendations;
    choices.iter().find(is_pool).or(choices.first())
}

/// The recommendations in one line, each once.
fn describe(choices: &[Choice]) -> String {
    let mut actions: Vec<&str> = Vec::new();
    for (choice, kind) in choices {
        let what = match choice.action {
            Action::Scratch | Action::ThreadLocal => "keep one and use it again",
            Action::Pool if *kind == ObjectKind::Value => "use objects of a Pool",
            Action::Pool => "use buffers of a Pool",
            Action::PassBuffer => "keep a buffer and pass it in",
            Action::Borrow => "borrow instead of own",
            Action::BufPool => "use buffers of a BufPool",
            Action::WithCapacity => "make buffers with_capacity",
            _ => "change the call site",
        };
        if !actions.contains(&what) {
            actions.push(what);
        }
    }
    actions.join("; ")
}

/// The sum of what is predicted, and the bounds of its time; `None` if a time is not known.
fn predicted(choices: &[Choice]) -> (Saving, Option<(f64, f64)>) {
    let mut sum = Saving::default();
    let mut bounds = Some((0.0, 0.0));
    for rates in choices
        .iter()
        .filter_map(|(choice, _)| choice.saves.per_operation)
    {
        sum.allocs_per_op += rates.allocations;
        sum.bytes_per_op += rates.bytes;
        sum.ns_per_op += rates.ns.map_or(0.0, |ns| ns.ns);
        bounds = bounds
            .zip(rates.ns)
            .map(|((low, high), ns)| (low + ns.low, high + ns.high));
    }
    (sum, bounds)
}

fn difference(before: &Saving, after: &Saving) -> Saving {
    Saving {
        allocs_per_op: before.allocs_per_op - after.allocs_per_op,
        bytes_per_op: before.bytes_per_op - after.bytes_per_op,
        ns_per_op: before.ns_per_op - after.ns_per_op,
    }
}

/// A sentence for a measured saving far above the prediction: time that is not the allocator's, which a
/// profile of allocations cannot show. `None` if the saving is no larger.
pub(super) fn unexplained(verdicts: &[Verdict]) -> Option<String> {
    /// Measured time over the upper bound of the predicted one, above which noise of the machine cannot
    /// be the cause.
    const FAR: f64 = 2.0;
    let first = verdicts.first()?;
    let (predicted, measured) = (first.predicted.ns_per_op, first.measured.ns_per_op);
    let most = first
        .predicted_ns_bounds
        .map_or(predicted, |(_, high)| high);
    (predicted > 0.0 && measured > most * FAR).then(|| {
        format!(
            "The allocator's share of that saving is {predicted:.1} of {measured:.1} ns/op. The rest \
             is the time in which {} initialises its objects, which a profile of allocations does \
             not show.",
            first.before
        )
    })
}

/// The verdicts as text; empty if there are none.
pub(super) fn text(verdicts: &[Verdict]) -> String {
    let mut text = String::new();
    if !verdicts.is_empty() {
        text.push_str("\nAdvice, predicted and measured (savings for each operation)\n");
    }
    for verdict in verdicts {
        let Verdict {
            before,
            after,
            predicted,
            measured,
            predicted_ns_bounds,
            ..
        } = verdict;
        let _ = writeln!(text, "- {before} to {after}: {}", verdict.advice);
        let bounds = predicted_ns_bounds.map_or(String::new(), |(low, high)| {
            format!("   ({low:.1} to {high:.1} ns/op)")
        });
        for (what, saving, bounds) in [
            ("predicted", predicted, bounds.as_str()),
            ("measured", measured, ""),
        ] {
            let Saving {
                allocs_per_op,
                bytes_per_op,
                ns_per_op,
            } = saving;
            let _ = writeln!(
                text,
                "    {what:<9} {ns_per_op:10.1} ns/op {bytes_per_op:10.1} B/op \
                 {allocs_per_op:8.2} allocs/op{bounds}"
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(predicted: f64, measured: f64) -> Verdict {
        let saving = |ns_per_op| Saving {
            allocs_per_op: 2.9,
            bytes_per_op: 212.6,
            ns_per_op,
        };
        Verdict {
            before: "Before".into(),
            after: "After".into(),
            advice: "use objects of a Pool".into(),
            sites: vec!["f".into()],
            predicted: saving(predicted),
            predicted_ns_bounds: Some((40.0, 160.25)),
            measured: saving(measured),
        }
    }

    #[test]
    fn predicted_and_measured_are_aligned() {
        assert_eq!(
            text(&[verdict(80.0, 1204.25)]),
            "\nAdvice, predicted and measured (savings for each operation)\n\
             - Before to After: use objects of a Pool\n    \
             predicted       80.0 ns/op      212.6 B/op     2.90 allocs/op   (40.0 to 160.2 ns/op)\n    \
             measured      1204.2 ns/op      212.6 B/op     2.90 allocs/op\n"
        );
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn only_a_saving_far_above_the_prediction_is_explained() {
        assert_eq!(unexplained(&[verdict(80.0, 150.0)]), None);
        assert_eq!(unexplained(&[verdict(0.0, 150.0)]), None);
        assert_eq!(unexplained(&[]), None);
        let sentence = unexplained(&[verdict(1000.0, 21_000.0)]).unwrap();
        assert!(sentence.contains("1000.0 of 21000.0 ns/op"), "{sentence}");
    }
}
