//! Source files that are not UTF-8.

use prost::Message;
use regex::Regex;
use repool_profile::proto;

use crate::analysis::Analysis;
use crate::list::Sources;
use crate::profile::Profile;
use crate::settings::Settings;

/// An analysis of one function in this file, at line 2.
fn analysis(file: &str) -> Analysis {
    let made = proto::Profile {
        sample_type: vec![proto::ValueType { r#type: 1, unit: 2 }],
        sample: vec![proto::Sample {
            location_id: vec![1],
            value: vec![7],
            label: Vec::new(),
        }],
        location: vec![proto::Location {
            id: 1,
            line: vec![proto::Line {
                function_id: 1,
                line: 2,
                column: 0,
            }],
            ..Default::default()
        }],
        function: vec![proto::Function {
            id: 1,
            name: 3,
            filename: 4,
            start_line: 1,
            ..Default::default()
        }],
        string_table: ["", "space", "bytes", "main", file]
            .map(String::from)
            .to_vec(),
        ..Default::default()
    };
    let profile = Profile::parse(&made.encode_to_vec()).unwrap();
    Analysis::new(profile, None, &Settings::default()).unwrap()
}

#[test]
fn a_line_that_is_not_utf8_is_named() {
    let folder = repool_testing::scratch::Scratch::new("not-utf8");
    let file = folder.join("main.rs");
    let path = file.to_str().unwrap();
    let listed = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        let list = analysis(path).list(&Regex::new("main").unwrap(), &Sources::default());
        list.unwrap()
    };
    let sound = listed("fn main() {\n    f(\"ö\");\n}\n".as_bytes());
    assert!(sound.warnings().is_empty());
    let latin1 = listed(b"fn main() {\n    f(\"\xf6\");\n}\n");
    assert_eq!(
        latin1.functions[0].files[0].lines[1].text,
        "    f(\"\u{fffd}\");"
    );
    let warning = format!("{path}:2 is not UTF-8 (Latin-1?): U+FFFD replaces the invalid bytes");
    assert_eq!(latin1.warnings(), [warning]);
}
