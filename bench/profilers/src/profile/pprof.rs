//! The subset of pprof's format that is needed to sum a function's allocations.

use std::collections::HashMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use prost::Message;

use super::Estimate;
use crate::known_function::KnownFunction;

#[derive(Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
}

#[derive(Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    name: i64,
}

#[derive(Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
}

#[derive(Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
}

pub fn read(bytes: &[u8], known: &KnownFunction) -> Result<Estimate, String> {
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let read = MultiGzDecoder::new(bytes).read_to_end(&mut plain);
        read.map_err(|problem| problem.to_string())?;
    } else {
        plain.extend_from_slice(bytes);
    }
    let profile = Profile::decode(&*plain).map_err(|problem| problem.to_string())?;
    let column = |wanted: &str| {
        let mut types = profile.sample_type.iter();
        types.position(|column| profile.text(column.name) == wanted)
    };
    let bytes = column("alloc_space").ok_or("it has no alloc_space")?;
    let objects = column("alloc_objects");

    let named: HashMap<u64, bool> = (profile.function.iter())
        .map(|function| {
            let names = [function.name, function.system_name];
            let named = names.map(|name| known.is_called(profile.text(name)));
            (function.id, named.contains(&true))
        })
        .collect();
    let is_in_function: HashMap<u64, bool> = (profile.location.iter())
        .map(|location| {
            let by_name =
                (location.line.iter()).any(|line| named.get(&line.function_id) == Some(&true));
            (location.id, by_name || known.has(location.address))
        })
        .collect();

    let sum = |column: usize| -> f64 {
        let samples = profile.sample.iter().filter(|sample| {
            let mut stack = sample.location_id.iter();
            stack.any(|location| is_in_function.get(location) == Some(&true))
        });
        samples
            .filter_map(|sample| sample.value.get(column))
            .map(|value| *value as f64)
            .sum()
    };
    Ok(Estimate {
        objects: objects.map(sum),
        bytes: sum(bytes),
    })
}

impl Profile {
    fn text(&self, index: i64) -> &str {
        let text = usize::try_from(index).ok();
        text.and_then(|index| self.string_table.get(index))
            .map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_name_and_by_address() {
        let sample = |location_id: &[u64], value: [i64; 2]| Sample {
            location_id: location_id.into(),
            value: value.into(),
        };
        let location = |id, address, functions: &[u64]| Location {
            id,
            address,
            line: (functions.iter())
                .map(|id| Line { function_id: *id })
                .collect(),
        };
        let function = |id, name| Function {
            id,
            name,
            system_name: 0,
        };
        let profile = Profile {
            sample_type: vec![ValueType { name: 1 }, ValueType { name: 2 }],
            sample: vec![
                sample(&[1, 3], [1, 10]),
                sample(&[3, 2], [2, 200]),
                sample(&[3], [4, 4000]),
            ],
            location: vec![
                location(1, 0, &[9, 8]),
                location(2, 0x5001, &[]),
                location(3, 0x5101, &[9]),
            ],
            function: vec![function(8, 3), function(9, 4)],
            string_table: [
                "",
                "alloc_objects",
                "alloc_space",
                "a::profiled_same",
                "main",
            ]
            .map(String::from)
            .into(),
        };
        let read = read(&profile.encode_to_vec(), &KnownFunction::example());
        let (objects, bytes) = (Some(3.0), 210.0);
        assert_eq!(read, Ok(Estimate { objects, bytes }));
    }

    #[test]
    fn what_has_no_bytes_is_no_heap_profile() {
        read(&[], &KnownFunction::example()).expect_err("no alloc_space");
    }
}
