//! Unusual files that are valid.

use repool_profile::proto::{Lifetimes, StackLifetimes};

use super::damage::gzip;
use super::*;

/// The encoded fields of a message.
fn fields(mut message: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut rest = wire::Message::new(message);
    while rest.field().unwrap().is_some() {
        let (field, others) = message.split_at(message.len() - rest.bytes.len());
        fields.push(field);
        message = others;
    }
    fields
}

/// The content of a profile, with strings instead of indices.
fn said(profile: &Profile) -> String {
    let samples: Vec<String> = profile
        .samples()
        .map(|sample| {
            let frames = sample
                .locations
                .iter()
                .flat_map(|place| profile.lines(*place));
            let names: Vec<_> = frames
                .map(|line| {
                    (
                        profile.string(profile.function(line.function).name),
                        line.line,
                    )
                })
                .collect();
            format!("{names:?} {:?}", sample.values)
        })
        .collect();
    format!(
        "{:?} {samples:?} {}",
        profile.sample_types().collect::<Vec<_>>(),
        profile.time_nanos
    )
}

#[test]
fn fields_come_in_any_order() {
    let whole = small().encode_to_vec();
    let mut fields = fields(&whole);
    let expected = said(&Profile::parse(&whole).unwrap());
    // Strings and repeated fields keep their order.
    let is_text = |field: &&[u8]| field[0] >> 3 == 6;
    for _ in 0..fields.len() {
        fields.rotate_left(1);
        let (texts, others): (Vec<&[u8]>, Vec<&[u8]>) = fields.iter().copied().partition(is_text);
        if !texts[0].ends_with(&[0]) {
            continue;
        }
        let mut locations_first = others.clone();
        locations_first.sort_by_key(|field| field[0] >> 3 != 4);
        for order in [
            [&*texts, &*others].concat(),
            [&*locations_first, &*texts].concat(),
        ] {
            let read = Profile::parse(&order.concat()).unwrap();
            walk(&read);
            assert_eq!(said(&read), expected);
        }
    }
}

#[test]
fn ids_may_be_huge_and_sparse() {
    let expected = said(&parse(&small()).unwrap());
    let ids = [u64::MAX, 1 << 40, 3, 77, 1 << 63];
    for (at, id) in ids.into_iter().enumerate() {
        let mut profile = small();
        let other = ids[(at + 1) % ids.len()];
        profile.location[0].id = id;
        profile.location[1].id = other;
        profile.sample[0].location_id = vec![id, other];
        profile.function[1].id = other;
        profile.location[0].line[0].function_id = other;
        assert_eq!(said(&parse(&profile).unwrap()), expected);
    }
}

#[test]
fn gzip_may_have_several_members() {
    let whole = small().encode_to_vec();
    let expected = said(&Profile::parse(&whole).unwrap());
    for at in [0, 1, whole.len() / 2, whole.len()] {
        let members = [gzip(&whole[..at]), gzip(&whole[at..])].concat();
        assert_eq!(said(&Profile::parse(&members).unwrap()), expected);
    }
}

#[test]
fn text_need_not_be_utf_8() {
    let mut data = small().encode_to_vec();
    let at = data.windows(4).position(|bytes| bytes == b"leaf").unwrap();
    data[at + 1] = 0xff;
    let profile = Profile::parse(&data).unwrap();
    let name = profile.function(profile.lines(0)[0].function).name;
    assert_eq!(profile.string(name), "l\u{fffd}af");
}

#[test]
fn a_text_that_comes_twice_is_one() {
    let mut profile = small();
    profile.string_table.push("leaf".into());
    profile.function[0].name = profile.string_table.len() as i64 - 1;
    let profile = parse(&profile).unwrap();
    let [leaf, main] = profile.lines(0) else {
        panic!("two lines")
    };
    assert_eq!(
        profile.function(leaf.function).name,
        profile.function(main.function).name
    );
}

#[test]
fn what_says_nothing_may_be_missing() {
    let mut profile = small();
    profile.location[0].line.clear();
    profile.location[0].mapping_id = 5; // there is none
    profile.sample[0].label[0].str = 0;
    profile.sample.push(proto::Sample {
        value: vec![0],
        ..Default::default()
    });
    let profile = parse(&profile).unwrap();
    assert!(profile.lines(0).is_empty() && profile.locations()[0].mapping.is_none());
    let samples: Vec<_> = profile.samples().collect();
    assert_eq!(
        (samples[0].labels.len(), samples[1].locations.len()),
        (1, 0)
    );
}

#[test]
fn lifetimes_are_a_text_and_were_a_field() {
    let mut profile = small();
    profile.sample.push(profile.sample[0].clone());
    let of_two = |births| Lifetimes {
        rate: 7,
        stacks: vec![StackLifetimes {
            samples: 2,
            allocs: births,
            ..Default::default()
        }],
        ..Lifetimes::default()
    };
    profile.lifetimes = Some(of_two(3));
    let (text, field) = (profile.to_file(), profile.encode_to_vec());
    let read = |data: &[u8]| Profile::parse(data).unwrap().lifetimes;
    assert_eq!(read(&text), Some(of_two(3).into()));
    assert_eq!(read(&field), Some(of_two(3).into()));
    // With both, the string is used; if it is not valid, the field.
    let mut both = profile.clone();
    let plain = proto::Profile::decode(&*text).unwrap();
    both.string_table = plain.string_table.clone();
    both.lifetimes = Some(of_two(9));
    assert_eq!(read(&both.encode_to_vec()), Some(of_two(3).into()));
    both.string_table.last_mut().unwrap().push('!');
    assert_eq!(read(&both.encode_to_vec()), Some(of_two(9).into()));
    // Tools that remove samples and keep the strings, or that add a string.
    for other in [
        |profile: &mut proto::Profile| drop(profile.sample.pop()),
        |profile: &mut proto::Profile| profile.sample.push(profile.sample[0].clone()),
        |profile: &mut proto::Profile| profile.string_table.push("more".into()),
        |profile: &mut proto::Profile| {
            let all = profile.string_table.last_mut().unwrap();
            all.truncate(all.len() - 4);
        },
    ] {
        let mut rewritten = plain.clone();
        other(&mut rewritten);
        assert_eq!(read(&rewritten.encode_to_vec()), None);
    }
}

#[test]
fn lifetimes_that_do_not_fit_are_left_out() {
    let read = |lives: Vec<StackLifetimes>| {
        let mut profile = small();
        profile.lifetimes = Some(Lifetimes {
            rate: 7,
            stacks: lives,
            ..Lifetimes::default()
        });
        parse(&profile).unwrap().lifetimes
    };
    let life = StackLifetimes {
        samples: 1,
        allocs: 9,
        times: vec![1; 40],
        ..Default::default()
    };
    assert_eq!(read(vec![life.clone()]).unwrap().stacks[0].allocs, 9);
    assert_eq!(read(vec![life.clone(), life.clone()]), None);
    for wrong in [
        StackLifetimes {
            samples: 2,
            ..life.clone()
        },
        StackLifetimes {
            first_sample: u64::MAX,
            ..life.clone()
        },
        StackLifetimes {
            times: vec![1; 100],
            ..life
        },
    ] {
        assert_eq!(read(vec![wrong]), None);
    }
}
