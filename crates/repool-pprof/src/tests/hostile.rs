//! Profiles that are made to exhaust time or memory.

use prost::Message;
use regex::Regex;
use repool_profile::proto;

use crate::analysis::Analysis;
use crate::list::Sources;
use crate::profile::Profile;
use crate::settings::Settings;

/// A profile of `count` functions with the same names and file, each with a line and a sample of
/// its own.
fn profile(count: u64, name: &str, system_name: &str, file: &str) -> proto::Profile {
    let texts = ["", "space", "bytes", name, system_name, file];
    let place = |text: &str| texts.iter().position(|own| *own == text).unwrap() as i64;
    let mut made = proto::Profile {
        string_table: texts.map(String::from).to_vec(),
        sample_type: vec![proto::ValueType { r#type: 1, unit: 2 }],
        ..Default::default()
    };
    for id in 1..=count {
        made.function.push(proto::Function {
            id,
            name: place(name),
            system_name: place(system_name),
            filename: place(file),
            start_line: 1,
        });
        made.location.push(proto::Location {
            id,
            line: vec![proto::Line {
                function_id: id,
                line: id as i64,
                ..Default::default()
            }],
            ..Default::default()
        });
        made.sample.push(proto::Sample {
            location_id: vec![id],
            value: vec![1],
            ..Default::default()
        });
    }
    made
}

fn analysis(made: &proto::Profile, settings: &Settings) -> Analysis {
    let profile = Profile::parse(&made.encode_to_vec()).unwrap();
    Analysis::new(profile, None, settings).unwrap()
}

fn list(made: &proto::Profile) -> crate::List {
    let all = Regex::new("run").unwrap();
    let analysis = analysis(made, &Settings::default());
    analysis.list(&all, &Sources::default()).unwrap()
}

#[test]
fn a_long_path_that_all_lines_share_is_kept_once() {
    let file = format!("/no-such-folder/{}", "x".repeat(1 << 20));
    let list = list(&profile(100_000, "run", "", &file));
    let files = &list.functions[0].files;
    assert_eq!((files.len(), files[0].flat), (1, 100_000));
}

#[test]
fn lines_of_a_file_are_each_summed_up_once() {
    let folder = repool_testing::scratch::Scratch::new("lines");
    let file = folder.join("long.rs");
    std::fs::write(&file, "x\n".repeat(100_000)).unwrap();
    let list = list(&profile(100_000, "run", "", file.to_str().unwrap()));
    let lines = &list.functions[0].files[0].lines;
    assert_eq!(lines.len(), 100_000);
    assert!(lines.iter().all(|line| (line.flat, line.cum) == (1, 1)));
}

#[test]
#[cfg(unix)]
fn a_device_has_no_source() {
    let list = list(&profile(1, "run", "", "/dev/zero"));
    assert_eq!(list.functions[0].files[0].lines, []);
}

#[test]
fn a_long_name_that_all_functions_share_is_looked_at_once() {
    let name = format!("run::{}", "x".repeat(1 << 20));
    let mut made = profile(100_000, "", &name, "");
    made.string_table.push("drop.*".into());
    made.drop_frames = made.string_table.len() as i64 - 1;
    let settings = Settings {
        focus: Some(Regex::new("run.*y|x$").unwrap()),
        ..Settings::default()
    };
    assert_eq!(analysis(&made, &settings).top().rows[0].flat, 100_000);
}

#[test]
fn any_number_of_sample_types_and_remarks_is_gone_through_once() {
    const COUNT: i64 = 200_000;
    let texts = (0..COUNT).map(|n| format!("{n:x}"));
    let made = proto::Profile {
        string_table: [String::new()].into_iter().chain(texts).collect(),
        sample_type: (1..=COUNT)
            .map(|r#type| proto::ValueType { r#type, unit: 1 })
            .collect(),
        comment: (1..=COUNT).collect(),
        ..Default::default()
    };
    let parsed = || Profile::parse(&made.encode_to_vec()).unwrap();
    let base = crate::Base {
        profile: parsed(),
        diff: true,
    };
    let analysis = Analysis::new(parsed(), Some(base), &Settings::default()).unwrap();
    assert_eq!(analysis.profile().comments().len(), COUNT as usize);
}
