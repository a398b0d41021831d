//! The reader of profiles: whatever it makes of any bytes refers to nothing that is not there.
#![no_main]

use std::hint::black_box;

use libfuzzer_sys::fuzz_target;
use repool_pprof::Profile;
use repool_pprof::profile::LabelValue;

fuzz_target!(|data: &[u8]| match Profile::parse(data) {
    Ok(profile) => walk(&profile),
    Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
});

/// Looks at everything.
fn walk(profile: &Profile) {
    let types = profile.sample_types().count();
    for sample in profile.samples() {
        assert_eq!(sample.values.len(), types);
        for location in sample.locations {
            look_at(profile.lines(*location));
        }
        for label in sample.labels {
            look_at(profile.text(label.key));
            let (LabelValue::Text(text) | LabelValue::Number(_, text)) = label.value;
            look_at(profile.text(text));
        }
    }
    for mapping in profile.mappings() {
        look_at(profile.text(mapping.file));
        look_at(profile.text(mapping.build_id));
    }
    for (place, location) in (0..).zip(profile.locations()) {
        if let Some(mapping) = location.mapping {
            assert!((mapping as usize) < profile.mappings().len());
        }
        for line in profile.lines(place) {
            let function = profile.function(line.function);
            for text in [function.name, function.system_name, function.file] {
                look_at(profile.text(text));
            }
        }
    }
    profile.comments().for_each(look_at);
    if let Some(lifetimes) = profile.lifetimes() {
        let samples = profile.samples().len() as u64;
        for stack in &lifetimes.lives {
            assert!(stack.first_sample + stack.samples <= samples);
        }
    }
}

fn look_at<T: ?Sized>(what: &T) {
    black_box(what);
}
