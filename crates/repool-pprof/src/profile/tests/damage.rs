//! Truncated, modified and hostile files.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

pub(super) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn error(data: &[u8]) -> String {
    let error = Profile::parse(data).unwrap_err().to_string();
    assert_eq!(error.lines().count(), 1, "{error:?}");
    error
}

#[test]
fn truncated_gzip_is_an_error() {
    let whole = gzip(&small().encode_to_vec());
    for len in 1..whole.len() {
        let error = error(&whole[..len]);
        // One byte is too few to be recognized as gzip.
        assert!(
            len == 1 || error.contains("gzip data end too early"),
            "{len}: {error}"
        );
    }
}

#[test]
fn a_truncated_message_is_an_error_or_valid() {
    let whole = small().encode_to_vec();
    let mut ends = 0;
    for len in 0..whole.len() {
        match Profile::parse(&whole[..len]) {
            Ok(profile) => {
                walk(&profile);
                ends += 1;
            }
            Err(error) => {
                let error = error.to_string();
                assert!(len < 10 || error.contains("truncated"), "{len}: {error}");
            }
        }
    }
    // The only valid prefix ends before the time, the last field.
    assert_eq!(ends, 1);
}

#[test]
fn every_byte_may_be_another() {
    let whole = small().encode_to_vec();
    for at in 0..whole.len() {
        for byte in 0..=u8::MAX {
            let mut changed = whole.clone();
            changed[at] = byte;
            if let Ok(profile) = Profile::parse(&changed) {
                walk(&profile);
            }
        }
    }
}

#[test]
fn modified_gzip_is_an_error() {
    let message = small().encode_to_vec();
    let whole = gzip(&message);
    let samples = |profile: &Profile| format!("{:?}", profile.samples().collect::<Vec<_>>());
    let expected = samples(&Profile::parse(&message).unwrap());
    // The first 10 bytes are the header, whose time and system are ignored.
    for at in 10..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        match Profile::parse(&changed) {
            Err(error) => {
                let error = error.to_string();
                let told = error.contains("gzip") || error.contains("it decompresses");
                assert!(told, "{at}: {error}");
            }
            // Padding bits within the stream are ignored.
            Ok(profile) => assert_eq!(samples(&profile), expected),
        }
    }
}

#[test]
fn lengths_may_claim_anything() {
    for field in 1..=15_u8 {
        for len in [100, 1 << 31, (1 << 32) + 1, u64::MAX] {
            let mut data = small().encode_to_vec();
            data.push(field << 3 | 2);
            prost::encoding::encode_varint(len, &mut data);
            data.extend([0; 50]);
            assert!(error(&data).contains("it is truncated"), "{field}, {len}");
        }
    }
}

#[test]
fn decompression_is_limited() {
    let bomb = gzip(&vec![0; 80 << 20]);
    assert!(bomb.len() < 100 << 10);
    assert_eq!(
        error(&bomb),
        "cannot read the profile: it decompresses to more than 67108864 bytes, the limit for a file \
         of its size; if you trust it, decompress it with gunzip and read the result"
    );
}

#[test]
fn ids_are_there_once_and_never_zero() {
    let change = |change: &dyn Fn(&mut proto::Profile)| {
        let mut profile = small();
        change(&mut profile);
        parse(&profile)
            .unwrap_err()
            .replace("cannot read the profile: ", "")
    };
    let bug = "the program that wrote it has a bug";
    assert_eq!(
        change(&|p| p.location[0].id = 0),
        format!("a location has the id 0, which is not valid; {bug}")
    );
    assert_eq!(
        change(&|p| p.function[1].id = 1),
        format!("two functions have the id 1; {bug}")
    );
    // Large ids are kept in another table.
    assert_eq!(
        change(&|p| {
            p.location[0].id = u64::MAX;
            p.location[1].id = u64::MAX;
        }),
        format!("two locations have the id {}; {bug}", u64::MAX)
    );
    let missing = |what: &str| {
        format!("it refers to a {what}, which it does not have; it is truncated, or {bug}")
    };
    assert_eq!(
        change(&|p| p.sample[0].location_id[1] = 3),
        missing("location of id 3")
    );
    assert_eq!(
        change(&|p| p.location[0].line[1].function_id = 0),
        missing("function of id 0")
    );
    assert_eq!(
        change(&|p| p.location[0].line[1].function_id = u64::MAX),
        missing(&format!("function of id {}", u64::MAX))
    );
    for (number, said) in [(8, 8), (-1, u64::MAX), (i64::MAX, i64::MAX as u64)] {
        let texts: [&dyn Fn(&mut proto::Profile); 9] = [
            &|p| p.sample_type[0].unit = number,
            &|p| p.function[0].name = number,
            &|p| p.function[0].filename = number,
            &|p| p.sample[0].label[0].key = number,
            &|p| p.sample[0].label[0].str = number,
            &|p| p.sample[0].label[1].num_unit = number,
            &|p| p.comment = vec![1, 2, number],
            &|p| p.default_sample_type = number,
            &|p| p.drop_frames = number,
        ];
        for text in texts {
            assert_eq!(change(text), missing(&format!("string of index {said}")));
        }
    }
    assert_eq!(
        change(&|p| p.sample[0].value.push(1)),
        format!("a sample has 2 values, but there are 1 sample types; {bug}")
    );
    assert_eq!(
        change(&|p| p.sample[0].value.clear()),
        format!("a sample has 0 values, but there are 1 sample types; {bug}")
    );
    assert_eq!(
        change(&|p| p.sample_type.clear()),
        format!("it has no sample types; {bug}")
    );
    assert_eq!(
        change(&|p| p.string_table[0] = "no".into()),
        format!("the first string of its table is not empty; {bug}")
    );
}

#[test]
fn fields_of_the_wrong_wire_type_are_errors() {
    // No field of a profile has the wire type of eight bytes.
    for field in 1..=15_u8 {
        let mut profile = small();
        profile.sample.clear();
        let mut data = profile.encode_to_vec();
        let at = data.len();
        data.push(field << 3 | 1);
        data.extend([0; 8]);
        let error = error(&data);
        let several = field == 9 && error.contains("several concatenated profiles");
        let kind = error.contains(&format!("a field of the wrong wire type at byte {at}"));
        assert!(kind || several, "{field}: {error}");
    }
    // Groups are not supported.
    assert!(error(&[0x0b]).contains("a field of no known wire type at byte 0"));
    assert!(error(&[0x80; 11]).contains("a number of more than 10 bytes at byte 0"));
}

#[test]
fn concatenated_profiles_are_an_error() {
    let one = small().encode_to_vec();
    assert!(error(&[&*one, &*one].concat()).contains("several concatenated profiles"));
    let second = proto::Profile {
        time_nanos: 2,
        ..Default::default()
    };
    let two = [&*one, &*second.encode_to_vec()].concat();
    assert!(error(&two).contains("several concatenated profiles"));
}
