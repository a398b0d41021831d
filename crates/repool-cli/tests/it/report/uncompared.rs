//! The page of results that cannot be compared.

use super::{folder, markup};

/// Results of a benchmark below the lines `head`: `ns` nanoseconds, and one more in each run.
fn results(head: &str, name: &str, runs: usize, ns: usize, rest: &str) -> String {
    let line = |run| format!("Benchmark{name} 1000 {} ns/op{rest}\n", ns + run);
    format!("{head}{}", (0..runs).map(line).collect::<String>())
}

/// The page of two texts of results.
fn page(name: &str, before: &str, after: &str) -> String {
    let folder = folder::empty(&format!("uncompared-{name}"));
    folder::put(&folder, "before.txt", before.as_bytes());
    folder::put(&folder, "after.txt", after.as_bytes());
    let page = folder::page(&folder);
    markup::check(&page);
    page
}

#[test]
fn what_is_not_compared_is_one_group_with_both_figures_and_the_reason() {
    let base = results("cpu: x\npkg: p\n", "E-8", 6, 200, "");
    for (name, after, reason, sentence) in [
        (
            "cpu",
            results("cpu: y\npkg: p\n", "E-8", 6, 100, ""),
            "another cpu",
            "E-8 is not compared: the line `cpu:` is &quot;x&quot; at first and &quot;y&quot; in after.",
        ),
        (
            "pkg",
            results("cpu: x\npkg: q\n", "E-8", 6, 100, ""),
            "another pkg",
            "E-8 is not compared: the line `pkg:` is &quot;p&quot; at first and &quot;q&quot; in after.",
        ),
        (
            "threads",
            results("cpu: x\npkg: p\n", "E-4", 6, 100, ""),
            "E-4 instead",
            "E-8 is not compared: after has E-4 instead.",
        ),
        (
            "runs",
            results("cpu: x\npkg: p\n", "E-8", 2, 100, ""),
            "too few runs",
            "E-8 is not compared: too few runs for after to differ significantly",
        ),
    ] {
        let page = page(name, &base, &after);
        assert_eq!(
            page.matches("<table class=\"figures\"").count(),
            1,
            "{name}"
        );
        assert!(
            page.contains(&format!("not compared: {reason}</span>")),
            "{name}"
        );
        assert!(page.contains(sentence), "{name}");
        assert!(!page.contains("not measured"), "{name}");
        for figure in [">202.5</td>", ">10"] {
            assert!(page.contains(figure), "{name}: {figure}");
        }
        // Figures that are not compared have no ratio.
        assert!(!page.contains("headlines\""), "{name}");
        assert!(!page.contains("did not change significantly"), "{name}");
    }
}

#[test]
fn a_lost_unit_and_a_lost_benchmark_are_named() {
    let before = results("", "E-8", 6, 200, " 8 B/op") + &results("", "F-8", 6, 300, "");
    let after = results("", "E-8", 6, 100, "");
    let page = page("unit", &before, &after);
    assert!(page.contains("E-8 is not compared: after has no B/op of it."));
    assert!(page.contains("F-8 is not compared: after does not have it."));
    assert!(page.contains(">not compared: no B/op</td>"));
    assert!(page.contains("E-8: 202.5 → 102.5 ns/op (−49.4 %)."));
}

#[test]
fn a_benchmark_that_is_new_is_called_so() {
    let before = results("", "E-8", 6, 200, "");
    let after = before.clone() + &results("", "F-8", 6, 300, "");
    let page = page("new", &before, &after);
    assert!(page.contains("F-8 is not compared: only after has it."));
    assert!(page.contains("not compared: new</span>"));
}
