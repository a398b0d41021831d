//! Writes a large profile of an imaginary program: about 50 MB uncompressed, or as many samples as
//! the second argument. Every run writes the same profile.
//!
//!     cargo run --release -p repool-pprof --example large-profile -- large.pb.gz

use std::error::Error;
use std::fs::File;

use fastrand::Rng;
use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use repool_profile::proto;
use std::io::Write;

const FUNCTIONS: u64 = 12_000;
const LOCATIONS: u64 = 50_000;
const TYPES: [(i64, i64); 4] = [(1, 2), (3, 4), (5, 2), (6, 4)];
const TEXTS: [&str; 8] = [
    "",
    "alloc_objects",
    "count",
    "alloc_space",
    "bytes",
    "inuse_objects",
    "inuse_space",
    "/srv/none/app",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name the file to write")?;
    let samples = arguments
        .next()
        .map_or(Ok(600_000), |count| count.parse())?;
    let rng = &mut Rng::with_seed(1);
    let mut profile = code(rng);
    // As in real profiles, most stacks share their outer frames with the stack before.
    let mut stack: Vec<u64> = Vec::new();
    for _ in 0..samples {
        let depth = rng.usize(20..=40);
        stack.truncate(rng.usize(..depth).max(4));
        while stack.len() < depth {
            // Some locations are much more frequent than others.
            let most = 1 << rng.u32(9..17);
            stack.push(rng.u64(1..=LOCATIONS.min(most)));
        }
        let (size, count) = (16 << rng.u32(..12), rng.i64(1..5000));
        let alive = if rng.u8(..4) == 0 {
            rng.i64(0..=count)
        } else {
            0
        };
        profile.sample.push(proto::Sample {
            location_id: stack.iter().rev().copied().collect(),
            value: vec![count, count * size, alive, alive * size],
            label: vec![proto::Label {
                key: 4,
                num: size,
                num_unit: 4,
                ..Default::default()
            }],
        });
    }
    let bytes = profile.encode_to_vec();
    eprintln!("{} bytes, {samples} samples", bytes.len());
    let mut file = GzEncoder::new(File::create(path)?, Compression::default());
    file.write_all(&bytes)?;
    file.finish()?.sync_all()?;
    Ok(())
}

fn code(rng: &mut Rng) -> proto::Profile {
    let mut texts: Vec<String> = TEXTS.map(String::from).to_vec();
    let mut text = |text: String| {
        texts.push(text);
        texts.len() as i64 - 1
    };
    let function = (1..=FUNCTIONS).map(|id| proto::Function {
        id,
        name: text(format!(
            "app::part{}::Type{}<T>::method_{id}",
            id % 40,
            id % 900
        )),
        system_name: text(format!("_RNvNtC3app{id}")),
        filename: text(format!("/src/part{}/file{}.rs", id % 40, id % 900)),
        start_line: 1,
    });
    let function = function.collect();
    let location = (1..=LOCATIONS).map(|id| proto::Location {
        id,
        mapping_id: 1,
        address: 0x40_0000 + id * 16,
        line: (0..[1, 1, 2, 3][rng.usize(..4)])
            .map(|_| proto::Line {
                function_id: rng.u64(1..=FUNCTIONS),
                line: rng.i64(1..1000),
                column: 0,
            })
            .collect(),
        is_folded: false,
    });
    proto::Profile {
        location: location.collect(),
        sample_type: TYPES
            .map(|(kind, unit)| proto::ValueType { r#type: kind, unit })
            .to_vec(),
        mapping: vec![proto::Mapping {
            id: 1,
            memory_start: 0x40_0000,
            memory_limit: 0x4000_0000,
            filename: 7,
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
            ..Default::default()
        }],
        function,
        string_table: texts,
        time_nanos: 1_700_000_000_000_000_000,
        ..Default::default()
    }
}
