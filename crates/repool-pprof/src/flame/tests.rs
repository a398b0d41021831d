//! Unit tests of flame graphs; `golden` has the expected documents.

use std::path::Path;

use prost::Message;
use repool_profile::proto;

use super::*;

/// A profile with these stacks, the outermost function first, and their values.
fn profile(kind: &str, stacks: &[(&[&str], i64)]) -> Profile {
    let mut texts: Vec<String> = vec![String::new(), kind.into(), "bytes".into()];
    let mut made = proto::Profile {
        sample_type: vec![proto::ValueType { r#type: 1, unit: 2 }],
        ..Default::default()
    };
    for (stack, value) in stacks {
        let mut ids = Vec::new();
        for name in stack.iter().rev() {
            let id = made.function.len() as u64 + 1;
            made.function.push(proto::Function {
                id,
                name: texts.len() as i64,
                ..Default::default()
            });
            texts.push((*name).into());
            made.location.push(proto::Location {
                id,
                line: vec![proto::Line {
                    function_id: id,
                    ..Default::default()
                }],
                ..Default::default()
            });
            ids.push(id);
        }
        made.sample.push(proto::Sample {
            location_id: ids,
            value: vec![*value],
            ..Default::default()
        });
    }
    made.string_table = texts;
    Profile::parse(&made.encode_to_vec()).unwrap()
}

fn some() -> Profile {
    profile(
        "space",
        &[
            (&["main", "run", "<Vec<T> as Extend<T>>::extend"], 3 << 20),
            (&["main", "run::{closure#0}", "[u8; 8]::clone"], 1 << 20),
            (&["main", "run"], 10),
            (&["main", "run", "worker 12"], 1000),
            (&["main", "run", "<Vec<T> as Extend<T>>::extend"], 5),
            (&["main", "gone"], 0),
            (&["main", "less"], -4),
        ],
    )
}

/// Compares a document with a file, or writes the file if `REPOOL_BLESS` is 1.
fn golden(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/flame/golden");
    let path = folder.join(name);
    if std::env::var_os("REPOOL_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "{name} is another; if that is right, run this with REPOOL_BLESS=1"
    );
}

/// The titles of the frames, which have their names and values.
fn titles(svg: &str) -> Vec<&str> {
    let titles = svg.split("<title>").skip(1);
    titles
        .map(|rest| rest.split("</title>").next().unwrap())
        .collect()
}

#[test]
fn stacks_are_lines() {
    assert_eq!(
        folded(&some(), &FlameSettings::default()).unwrap(),
        "main;run 10\n\
         main;run;<Vec<T> as Extend<T>>::extend 3145733\n\
         main;run;worker\u{a0}12 1000\n\
         main;run::{closure#0};[u8: 8]::clone 1048576\n"
    );
}

#[test]
fn a_picture_is_the_same_each_time() {
    let settings = FlameSettings {
        title: "Where <memory> goes".into(),
        ..Default::default()
    };
    let picture = svg(&some(), &settings).unwrap();
    assert_eq!(picture, svg(&some(), &settings).unwrap());
    golden("some.svg", &picture);
    let mut titles = titles(&picture);
    titles.sort_unstable();
    assert_eq!(
        titles,
        [
            "&lt;Vec&lt;T&gt; as Extend&lt;T&gt;&gt;::extend (3,145,733 bytes, 74.98%)",
            "[u8: 8]::clone (1,048,576 bytes, 24.99%)",
            "all (4,195,319 bytes, 100%)",
            "main (4,195,319 bytes, 100.00%)",
            // `run` is one frame, though `run::{closure#0}` sorts between its stacks.
            "run (3,146,743 bytes, 75.01%)",
            "run::{closure#0} (1,048,576 bytes, 24.99%)",
            "worker\u{a0}12 (1,000 bytes, 0.02%)",
        ]
    );
    assert!(picture.contains(">Where &lt;memory&gt; goes<") && picture.contains(">space<"));
    // The document loads nothing.
    for fetch in ["href=", "src=", "@import", "url(http"] {
        assert!(!picture.contains(fetch), "{fetch}");
    }
}

#[test]
fn a_difference_is_in_the_colours() {
    let old = profile(
        "space",
        &[
            (&["main", "same"], 100),
            (&["main", "less"], 100),
            (&["main", "more"], 50),
            (&["old"], 9),
        ],
    );
    let new = profile(
        "space",
        &[
            (&["main", "same"], 100),
            (&["main", "less"], 50),
            (&["main", "more"], 150),
        ],
    );
    let picture = diff_svg(&old, &new, &FlameSettings::default()).unwrap();
    golden("difference.svg", &picture);
    let fill = |name: &str| -> Vec<u8> {
        let frame = &picture[picture.find(&format!("<title>{name} (")).unwrap()..];
        let fill = frame.split("fill=\"rgb(").nth(1).unwrap();
        let numbers = fill.split(')').next().unwrap().split(',');
        numbers.map(|number| number.parse().unwrap()).collect()
    };
    let titles = titles(&picture);
    assert!(
        titles.contains(&"more (150 bytes, 50.00%; +33.33%)"),
        "{titles:?}"
    );
    assert!(titles.contains(&"less (50 bytes, 16.67%; -16.67%)"));
    assert!(!titles.iter().any(|title| title.starts_with("old")));
    let (more, less, same) = (fill("more"), fill("less"), fill("same"));
    assert!(more[0] > more[2] && less[2] > less[0], "{more:?} {less:?}");
    assert!(same[0] == same[1] && same[1] == same[2]);
}

#[test]
fn an_empty_flame_graph_is_an_error() {
    let nothing = profile("space", &[(&["main"], 0), (&["main", "less"], -4)]);
    let said = svg(&nothing, &FlameSettings::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        said,
        "no stack has space above 0; select another sample type, or profile for longer"
    );
    assert!(diff_svg(&some(), &nothing, &FlameSettings::default()).is_err());
    assert!(diff_svg(&nothing, &some(), &FlameSettings::default()).is_ok());
    let settings = FlameSettings {
        sample: Some("time".into()),
        ..Default::default()
    };
    let said = svg(&some(), &settings).unwrap_err().to_string();
    assert_eq!(
        said,
        "the profile has no sample type \"time\"; it has space (0)"
    );
    let other = profile("objects", &[(&["main"], 1)]);
    assert!(diff_svg(&other, &some(), &FlameSettings::default()).is_err());
    let large = profile("space", &[(&["main"], i64::MAX), (&["run"], 1)]);
    assert_eq!(
        svg(&large, &FlameSettings::default()),
        Err(FlameError::Large)
    );
}

#[test]
fn names_with_special_characters_are_drawn() {
    let odd = profile(
        "space",
        &[(
            &[
                "",
                "# remark",
                " a\nb ",
                ";;",
                "12",
                "&\"'\u{0}\u{fffd}",
                "x 1.5",
                "# y",
            ],
            7,
        )],
    );
    let line = folded(&odd, &FlameSettings::default()).unwrap();
    assert_eq!(line.lines().count(), 1);
    let frames: Vec<&str> = line
        .trim_end()
        .rsplit_once(' ')
        .unwrap()
        .0
        .split(';')
        .collect();
    assert_eq!(frames.len(), 8, "{line:?}");
    let picture = svg(&odd, &FlameSettings::default()).unwrap();
    assert_eq!(titles(&picture).len(), 9);
    assert!(
        picture.contains("&amp;&quot;&apos; \u{fffd} (7 bytes, 100.00%)")
            || picture.contains("&amp;\"'")
    );
}

#[test]
fn characters_that_xml_does_not_allow_are_replaced() {
    let odd = profile("sp\u{1b}ace", &[(&["main\u{ffff}", "r\u{0}un"], 3)]);
    let settings = FlameSettings {
        title: "a\u{7}title".into(),
        ..FlameSettings::default()
    };
    let svg = svg(&odd, &settings).unwrap();
    let is_bad = |letter: char| folded::is_not_drawn(letter) && !"\n\t\r".contains(letter);
    assert_eq!(svg.find(is_bad), None);
    assert!(svg.contains("sp ace") && svg.contains("a title"));
}
