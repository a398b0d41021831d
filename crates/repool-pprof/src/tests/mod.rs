//! Tables, without a comparison with Go's pprof.

mod hostile;
mod not_utf8;
mod runtime_frames;

use prost::Message;
use regex::Regex;
use repool_profile::proto;

use crate::analysis::Analysis;
use crate::pipeline::{AnalysisError, Warning};
use crate::profile::Profile;
use crate::settings::{Base, Settings};
use crate::top::Inlined;

/// A profile of two stacks with these values: `main` calls `run`, into which `line` is inlined; and
/// `main`.
fn profile(values: [[i64; 2]; 2]) -> Profile {
    let texts = [
        "", "objects", "count", "space", "bytes", "main", "app::run", "line", "/srv/app",
    ];
    let line = |function_id| proto::Line {
        function_id,
        ..Default::default()
    };
    let location = |id, functions: &[u64]| proto::Location {
        id,
        mapping_id: 1,
        line: functions.iter().map(|id| line(*id)).collect(),
        ..Default::default()
    };
    let sample = |stack: &[u64], values: [i64; 2]| proto::Sample {
        location_id: stack.to_vec(),
        value: values.to_vec(),
        label: Vec::new(),
    };
    let made = proto::Profile {
        sample_type: vec![
            proto::ValueType { r#type: 1, unit: 2 },
            proto::ValueType { r#type: 3, unit: 4 },
        ],
        sample: vec![sample(&[1, 2], values[0]), sample(&[2], values[1])],
        mapping: vec![proto::Mapping {
            id: 1,
            filename: 8,
            has_functions: true,
            ..Default::default()
        }],
        location: vec![location(1, &[3, 2]), location(2, &[1])],
        function: (1..4)
            .map(|id| proto::Function {
                id,
                name: id as i64 + 4,
                ..Default::default()
            })
            .collect(),
        string_table: texts.map(String::from).to_vec(),
        ..Default::default()
    };
    Profile::parse(&made.encode_to_vec()).unwrap()
}

fn analysis(settings: Settings) -> Analysis {
    Analysis::new(profile([[3, 3072], [1, 1024]]), None, &settings).unwrap()
}

#[test]
fn a_top_is_a_table() {
    let top = analysis(Settings::default()).top();
    let expected = "\
File: app
Type: space
Showing nodes accounting for 4kB, 100% of 4kB total
      flat  flat%   sum%        cum   cum%
       3kB 75.00% 75.00%        3kB 75.00%  line (inline)
       1kB 25.00%   100%        4kB   100%  main
         0     0%   100%        3kB 75.00%  app::run
";
    assert_eq!(top.to_string(), expected);
    assert_eq!(top.rows[0].inlined, Inlined::Wholly);
    let json = serde_json::to_value(&top).unwrap();
    assert_eq!(json["rows"][1]["cum"], 4096);
    assert_eq!(json["rows"][0]["inlined"], "wholly");
    assert_eq!(json["unit"], "bytes");
}

#[test]
fn a_tree_has_callers_and_callees() {
    let tree = analysis(Settings {
        sample: Some("objects".into()),
        ..Settings::default()
    })
    .tree();
    let run = tree.branches.iter().find(|one| one.function == "app::run");
    let run = run.unwrap();
    assert_eq!((run.flat, run.cum), (0, 3));
    assert_eq!(run.callers[0].function, "main");
    assert!(run.callees[0].inlined && !run.callers[0].inlined);
}

#[test]
fn a_base_is_taken_off() {
    let diff = |diff| {
        let base = profile([[1, 1024], [1, 1024]]);
        let base = Base {
            profile: base,
            diff,
        };
        let newer = profile([[3, 3072], [1, 1024]]);
        Analysis::new(newer, Some(base), &Settings::default()).unwrap()
    };
    let plain = diff(false);
    assert_eq!((plain.total(), plain.top().rows[0].flat), (2048, 2048));
    // Percentages are relative to the base, and unchanged functions have no row.
    let shares = diff(true);
    assert_eq!((shares.total(), shares.top().rows[0].flat), (2048, 2048));
    assert_eq!(shares.top().rows[0].function, "line");
}

#[test]
fn errors_say_what_there_is() {
    let settings = Settings {
        sample: Some("cpu".into()),
        ..Settings::default()
    };
    let error = Analysis::new(profile([[1, 1], [1, 1]]), None, &settings).unwrap_err();
    assert!(matches!(error, AnalysisError::NoSampleType { .. }));
    assert_eq!(
        error.to_string(),
        "the profile has no sample type \"cpu\"; it has objects (0), space (1)"
    );
}

#[test]
fn focus_without_a_match_is_a_warning() {
    let analysis = analysis(Settings {
        focus: Regex::new("no_match").ok(),
        ..Settings::default()
    });
    assert_eq!(analysis.warnings(), [Warning::FocusMatchesNothing]);
    assert!(analysis.top().rows.is_empty());
    let text = analysis.top().to_string();
    assert!(
        text.contains("Active filters:\n   focus=no_match\n"),
        "{text}"
    );
}
