//! A parser for the parts of `profile.proto` that the tests need, without the code that wrote them.

use std::io::Read;

use flate2::read::GzDecoder;

#[derive(Debug, Default)]
pub struct Profile {
    /// The sum of the bytes allocated of all samples.
    pub alloc_space: i64,
    pub default_sample_type: String,
    #[allow(dead_code, reason = "not every test has some")]
    pub comments: Vec<String>,
    /// Bytes between samples.
    pub period: u64,
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl Profile {
    pub fn read(gzipped: &[u8]) -> Self {
        let mut bytes = Vec::new();
        GzDecoder::new(gzipped)
            .read_to_end(&mut bytes)
            .expect("gzip");
        let mut profile = Profile::default();
        let (mut strings, mut default, mut comments) = (Vec::new(), 0, Vec::new());
        for (number, field) in fields(&bytes) {
            match (number, field) {
                (2, Field::Bytes(sample)) => profile.alloc_space += values(sample)[1],
                (6, Field::Bytes(string)) => strings.push(String::from_utf8_lossy(string)),
                (12, Field::Number(period)) => profile.period = period,
                (13, Field::Bytes(packed)) => comments = numbers(packed),
                (14, Field::Number(index)) => default = index as usize,
                _ => (),
            }
        }
        profile.default_sample_type = strings[default].to_string();
        let comment = |place: i64| strings[place as usize].to_string();
        profile.comments = comments.into_iter().map(comment).collect();
        profile
    }
}

fn values(sample: &[u8]) -> Vec<i64> {
    let packed = fields(sample).into_iter().find_map(|field| match field {
        (2, Field::Bytes(packed)) => Some(packed),
        _ => None,
    });
    numbers(packed.expect("a sample has values"))
}

fn numbers(mut packed: &[u8]) -> Vec<i64> {
    let mut values = Vec::new();
    while !packed.is_empty() {
        values.push(varint(&mut packed) as i64);
    }
    values
}

fn fields(mut message: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut message)),
            2 => {
                let length = varint(&mut message) as usize;
                let (bytes, rest) = message.split_at(length);
                message = rest;
                Field::Bytes(bytes)
            }
            wire => panic!("wire type {wire}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = bytes.split_first().expect("a number ends");
        *bytes = rest;
        value |= u64::from(first & 127) << shift;
        if *first < 128 {
            break;
        }
    }
    value
}
