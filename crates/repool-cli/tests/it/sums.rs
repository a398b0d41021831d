//! Sums of several profiles.

use repool_pprof::{Analysis, Profile, Settings, flame};
use repool_testing::scratch::Scratch;

use crate::commands::{complaint, printed, profile_of};
use crate::profile;

#[test]
fn profiles_are_added_up() {
    let (one, other) = (profile_of("LogNoPool"), profile_of("LogWithPool"));
    let twice = [&one, &other].map(|path| Profile::open(path).unwrap());
    let [first, second] = twice;
    let sum = first.merge([second]).unwrap();
    let report = Analysis::new(sum.clone(), None, &Settings::default()).unwrap();
    for (command, table) in [
        ("top", report.top().to_string()),
        ("tree", report.tree().to_string()),
        ("traces", report.traces().to_string()),
    ] {
        assert_eq!(printed(&[command, &one, &other]), table);
    }
    let list = printed(&["list", &one, &other, "log_no_pool|to_text"]);
    assert!(
        list.contains("log_no_pool in ") && list.contains("to_text in "),
        "{list}"
    );
    let folded = printed(&["flame", "--folded", &one, &other, "-o", "-"]);
    assert_eq!(
        folded,
        flame::folded(&sum, &flame::FlameSettings::default()).unwrap()
    );
    // The sum less its terms is 0.
    let nothing = printed(&["top", "--base", &other, "--base", &one, &one, &other]);
    assert!(nothing.contains(" of 0 total"), "{nothing}");

    let scratch = Scratch::new("profiles_are_added_up");
    let heap = scratch.file("p.pb.gz", profile::of(&[(&["main"], 1, 2)]));
    let go = repool_testing::data::path("go-cpu.pb.gz");
    let go = go.to_str().expect("text");
    for command in ["top", "tree", "traces", "flame"] {
        assert_eq!(
            complaint(&[command, &heap, go]),
            format!(
                "{heap} and {go}: no sample type occurs exactly once in each profile; use profiles \
                 of one kind"
            )
        );
    }
    let of_others = complaint(&["top", &one, go, &heap]);
    assert!(of_others.starts_with(&format!("{one} and 2 more: no sample type ")));
    assert!(complaint(&["top", &one, "/no/such"]).contains("/no/such"));
    assert!(complaint(&["advise", &one, &other]).starts_with("advice needs one profile, "));
}
