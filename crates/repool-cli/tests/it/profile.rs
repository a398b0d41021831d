//! Constructs profiles in pprof's format.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use prost::Message;
use repool_prof::pprof::proto::{Function, Line, Location, Profile, Sample, ValueType};

/// A compressed profile of stacks, innermost function first, with their objects and bytes.
pub fn of(stacks: &[(&[&str], i64, i64)]) -> Vec<u8> {
    let mut texts = vec![String::new()];
    let mut text = |said: &str| {
        let known = texts.iter().position(|text| text == said);
        known.unwrap_or_else(|| {
            texts.push(said.into());
            texts.len() - 1
        }) as i64
    };
    let mut value = |kind, unit| ValueType {
        r#type: text(kind),
        unit: text(unit),
    };
    let mut profile = Profile {
        sample_type: vec![
            value("alloc_objects", "count"),
            value("alloc_space", "bytes"),
        ],
        period_type: Some(value("space", "bytes")),
        period: 4096,
        ..Profile::default()
    };
    for (stack, objects, bytes) in stacks {
        let mut location_id = Vec::new();
        for name in *stack {
            let name = text(name);
            let known = profile
                .function
                .iter()
                .position(|function| function.name == name);
            let id = known.map_or(profile.function.len() as u64 + 1, |place| place as u64 + 1);
            if known.is_none() {
                profile.function.push(Function {
                    id,
                    name,
                    ..Function::default()
                });
                let line = vec![Line {
                    function_id: id,
                    ..Line::default()
                }];
                profile.location.push(Location {
                    id,
                    line,
                    ..Location::default()
                });
            }
            location_id.push(id);
        }
        profile.sample.push(Sample {
            location_id,
            value: vec![*objects, *bytes],
            label: vec![],
        });
    }
    profile.string_table = texts;
    let mut file = GzBuilder::new().write(Vec::new(), Compression::best());
    file.write_all(&profile.encode_to_vec())
        .expect("memory takes it");
    file.finish().expect("memory takes it")
}
