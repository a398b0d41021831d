//! What the advice promised, held against what happened.

use std::fmt::Write;

use repool_pprof::advise::{Advice, Choice, Kind, Site};

use super::workloads::Way;
use crate::outcome::{Saving, Verdict};

/// One verdict for each way that follows advice of that profile. `costs` has what an operation
/// costs, for each of the ways.
pub(super) fn verdicts<R>(advice: &Advice, ways: &[Way<R>], costs: &[Saving]) -> Vec<Verdict> {
    let (before, after) = (&ways[0], &ways[1..]);
    let followed = after.iter().zip(&costs[1..]);
    followed
        .filter_map(|(way, cost)| {
            let (sites, choices): (Vec<&Site>, Vec<&Choice>) = advice
                .sites
                .iter()
                .filter(|site| way.follows.is_none_or(|name| is_named(site, name)))
                .filter_map(|site| Some((site, choice(site)?)))
                .unzip();
            if sites.is_empty() {
                return None;
            }
            Some(Verdict {
                before: before.name.into(),
                after: way.name.into(),
                advice: said(&choices),
                sites: sites
                    .iter()
                    .map(|site| site.place.function.clone())
                    .collect(),
                predicted: predicted(&choices),
                measured: less(&costs[0], cost),
            })
        })
        .collect()
}

fn is_named(site: &Site, name: &str) -> bool {
    let function = &site.place.function;
    function == name || function.ends_with(&format!("::{name}"))
}

/// A pool, where that is among what can be done.
fn choice(site: &Site) -> Option<&Choice> {
    let is_pool = |choice: &&Choice| {
        matches!(
            choice.kind,
            Kind::Pool | Kind::PoolOfBuffers | Kind::BufPool
        )
    };
    site.choices.iter().find(is_pool).or(site.choices.first())
}

/// What to do at all of them, in a line.
fn said(choices: &[&Choice]) -> String {
    let mut said: Vec<&str> = Vec::new();
    for choice in choices {
        let what = match choice.kind {
            Kind::Scratch => "keep one and use it again",
            Kind::Pool => "use objects of a Pool",
            Kind::PoolOfBuffers => "use buffers of a Pool",
            Kind::BufPool => "use buffers of a BufPool",
            Kind::WithCapacity => "make buffers with_capacity",
        };
        if !said.contains(&what) {
            said.push(what);
        }
    }
    said.join("; ")
}

fn predicted(choices: &[&Choice]) -> Saving {
    let mut sum = Saving::default();
    for rates in choices
        .iter()
        .filter_map(|choice| choice.saving.per_operation)
    {
        sum.allocs_per_op += rates.allocations;
        sum.bytes_per_op += rates.bytes;
        sum.ns_per_op += rates.ns.unwrap_or(0.0);
    }
    sum
}

fn less(before: &Saving, after: &Saving) -> Saving {
    Saving {
        allocs_per_op: before.allocs_per_op - after.allocs_per_op,
        bytes_per_op: before.bytes_per_op - after.bytes_per_op,
        ns_per_op: before.ns_per_op - after.ns_per_op,
    }
}

/// What to say where far more time is saved than blocks cost; a profile cannot tell.
pub(super) fn beyond(verdicts: &[Verdict]) -> Option<String> {
    /// More than what two measurements on a busy machine differ by.
    const FAR: f64 = 3.0;
    let first = verdicts.first()?;
    let (predicted, measured) = (first.predicted.ns_per_op, first.measured.ns_per_op);
    (predicted > 0.0 && measured > predicted * FAR).then(|| {
        format!(
            "The allocator's part in that is {predicted:.1} of {measured:.1} ns/op. The rest is not \
             its memory, but what {} does to make things anew, which a profile of allocations does \
             not show.",
            first.before
        )
    })
}

/// The verdicts as text; nothing, if there are none.
pub(super) fn text(verdicts: &[Verdict]) -> String {
    let mut text = String::new();
    if !verdicts.is_empty() {
        text.push_str("\nThe advice, and how it came out (saved for each operation)\n");
    }
    for verdict in verdicts {
        let Verdict {
            before,
            after,
            predicted,
            measured,
            ..
        } = verdict;
        let _ = writeln!(text, "- {before} to {after}: {}", verdict.advice);
        for (what, saving) in [("predicted", predicted), ("measured", measured)] {
            let Saving {
                allocs_per_op,
                bytes_per_op,
                ns_per_op,
            } = saving;
            let _ = writeln!(
                text,
                "    {what:<9} {ns_per_op:10.1} ns/op {bytes_per_op:10.1} B/op \
                 {allocs_per_op:8.2} allocs/op"
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
            measured: saving(measured),
        }
    }

    #[test]
    fn what_is_predicted_and_measured_is_told_below_each_other() {
        assert_eq!(
            text(&[verdict(80.0, 1204.25)]),
            "\nThe advice, and how it came out (saved for each operation)\n\
             - Before to After: use objects of a Pool\n    \
             predicted       80.0 ns/op      212.6 B/op     2.90 allocs/op\n    \
             measured      1204.2 ns/op      212.6 B/op     2.90 allocs/op\n"
        );
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn only_what_is_far_beyond_is_said_to_be_something_else() {
        assert_eq!(beyond(&[verdict(80.0, 150.0)]), None);
        assert_eq!(beyond(&[verdict(0.0, 150.0)]), None);
        assert_eq!(beyond(&[]), None);
        let said = beyond(&[verdict(1000.0, 21_000.0)]).unwrap();
        assert!(said.contains("1000.0 of 21000.0 ns/op"), "{said}");
    }
}
