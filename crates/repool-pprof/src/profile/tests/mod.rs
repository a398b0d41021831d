//! Unit tests of reading profiles.

mod damage;
mod heap_text;
mod messages;
mod oddities;
#[cfg(target_os = "linux")]
mod symbolize;

use prost::Message;
use repool_profile::proto;

use super::*;

/// A small valid profile.
fn small() -> proto::Profile {
    let texts = [
        "",
        "space",
        "bytes",
        "main",
        "leaf",
        "src/main.rs",
        "key",
        "value",
    ];
    let function = |id, name| proto::Function {
        id,
        name,
        filename: 5,
        ..Default::default()
    };
    let line = |function_id, line| proto::Line {
        function_id,
        line,
        column: 0,
    };
    proto::Profile {
        sample_type: vec![proto::ValueType { r#type: 1, unit: 2 }],
        sample: vec![proto::Sample {
            location_id: vec![1, 2],
            value: vec![-7],
            label: vec![
                proto::Label {
                    key: 6,
                    str: 7,
                    ..Default::default()
                },
                proto::Label {
                    key: 2,
                    num: 16,
                    num_unit: 2,
                    ..Default::default()
                },
            ],
        }],
        location: vec![
            proto::Location {
                id: 1,
                address: 16,
                line: vec![line(2, 3), line(1, 9)],
                ..Default::default()
            },
            proto::Location {
                id: 2,
                address: 32,
                line: vec![line(1, 12)],
                ..Default::default()
            },
        ],
        function: vec![function(1, 3), function(2, 4)],
        string_table: texts.map(String::from).to_vec(),
        time_nanos: 1,
        ..Default::default()
    }
}

fn parse(profile: &proto::Profile) -> Result<Profile, String> {
    Profile::parse(&profile.encode_to_vec()).map_err(|error| error.to_string())
}

#[test]
fn everything_is_where_it_was() {
    let profile = parse(&small()).unwrap();
    assert_eq!(
        profile.sample_types().collect::<Vec<_>>(),
        [("space", "bytes")]
    );
    let samples: Vec<_> = profile.samples().collect();
    assert_eq!(
        (samples.len(), samples[0].locations, samples[0].values),
        (1, &[0, 1][..], &[-7][..])
    );
    let names: Vec<_> = profile
        .lines(0)
        .iter()
        .map(|line| {
            (
                profile.string(profile.function(line.function).name),
                line.line,
            )
        })
        .collect();
    assert_eq!(names, [("leaf", 3), ("main", 9)]);
    let [text, number] = samples[0].labels else {
        panic!("two labels")
    };
    let LabelValue::Text(value) = text.value else {
        panic!("a text")
    };
    assert_eq!(
        (profile.string(text.key), profile.string(value)),
        ("key", "value")
    );
    let LabelValue::Number(16, unit) = number.value else {
        panic!("a number")
    };
    assert_eq!(profile.string(unit), "bytes");
}

/// Reads every entry; panics if an index is out of range.
fn walk(profile: &Profile) {
    let types = profile.sample_types().count();
    for sample in profile.samples() {
        assert_eq!(sample.values.len(), types);
        for location in sample.locations {
            assert!(profile.lines(*location).len() < 1 << 30);
        }
        for label in sample.labels {
            let (LabelValue::Text(text) | LabelValue::Number(_, text)) = label.value;
            assert!(profile.string(label.key).len() + profile.string(text).len() < 1 << 30);
        }
    }
    for (place, location) in (0..).zip(profile.locations()) {
        let mapping = location
            .mapping
            .map(|place| profile.mappings[place as usize]);
        assert!(profile.string(mapping.unwrap_or_default().file).len() < 1 << 30);
        for line in profile.lines(place) {
            let name = profile.function(line.function).name;
            assert!(profile.string(name).len() < 1 << 30);
        }
    }
    assert_eq!(profile.comments().count(), profile.comments.len());
}
