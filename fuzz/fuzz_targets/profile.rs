//! Fuzzes the reader of profiles: every index in a profile that it accepts must be valid, and every error
//! must be one line.
#![no_main]

use std::hint::black_box;

use libfuzzer_sys::fuzz_target;
use repool_pprof::Profile;
use repool_pprof::profile::LabelValue;

fuzz_target!(|data: &[u8]| match Profile::parse(data) {
    Ok(profile) => walk(&profile),
    Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
});

/// Reads every part of the profile.
fn walk(profile: &Profile) {
    let types = profile.sample_types().count();
    for sample in profile.samples() {
        assert_eq!(sample.values.len(), types);
        for location in sample.locations {
            use_value(profile.lines(*location));
        }
        for label in sample.labels {
            use_value(profile.string(label.key));
            let (LabelValue::Text(text) | LabelValue::Number(_, text)) = label.value else {
                continue;
            };
            use_value(profile.string(text));
        }
    }
    for mapping in profile.mappings() {
        use_value(profile.string(mapping.file));
        use_value(profile.string(mapping.build_id));
    }
    for (index, location) in (0..).zip(profile.locations()) {
        if let Some(mapping) = location.mapping {
            assert!((mapping as usize) < profile.mappings().len());
        }
        for line in profile.lines(index) {
            let function = profile.function(line.function);
            for text in [function.name, function.system_name, function.file] {
                use_value(profile.string(text));
            }
        }
    }
    profile.comments().for_each(use_value);
    if let Some(lifetimes) = profile.lifetimes() {
        let samples = profile.samples().len() as u64;
        for stack in &lifetimes.stacks {
            assert!(stack.first_sample + stack.samples <= samples);
        }
    }
}

fn use_value<T: ?Sized>(value: &T) {
    black_box(value);
}
