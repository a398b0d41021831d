//! Writes a large profile of an imaginary program: about 50 MB uncompressed, or as many samples as
//! the second argument. With a third argument, `lifetimes`, each stack has what `repool-prof` adds, and
//! a fifth of the stacks grow buffers. Every run writes the same profile.
//!
//!     cargo run --release -p repool-pprof --example large-profile -- large.pb.gz
//!     cargo run --release -p repool-pprof --example large-profile -- large.pb.gz 100000 lifetimes

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
    let with_lifetimes = arguments.next().is_some_and(|word| word == "lifetimes");
    let rng = &mut Rng::with_seed(1);
    let mut profile = code(rng);
    let mut lifetimes = proto::Lifetimes {
        rate: 524_288,
        version: 1,
        ..Default::default()
    };
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
        if with_lifetimes {
            let index = profile.sample.len() as u64;
            lifetimes
                .stacks
                .push(stack_lifetimes(rng, index, count, alive));
        }
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
    profile.lifetimes = with_lifetimes.then_some(lifetimes);
    let bytes = profile.encode_to_vec();
    eprintln!("{} bytes, {samples} samples", bytes.len());
    let mut file = GzEncoder::new(File::create(path)?, Compression::default());
    file.write_all(&bytes)?;
    file.finish()?.sync_all()?;
    Ok(())
}

/// The lifetimes of the blocks of the sample with this index, of which a fifth were grown.
fn stack_lifetimes(rng: &mut Rng, index: u64, count: i64, alive: i64) -> proto::StackLifetimes {
    let grown = if rng.u8(..5) == 0 { count } else { 0 };
    let mut histogram = vec![0; rng.usize(5..30)];
    histogram.push((count - alive) as u64);
    let peak = |size: u64| proto::LivePeak {
        objects: alive as u64 + size,
        objects_of_thread: 1,
        threads: 2,
    };
    proto::StackLifetimes {
        first_sample: index,
        samples: 1,
        allocs: count as u64,
        frees: (count - alive) as u64,
        peak_live: alive as u64 + 1,
        times: histogram.clone(),
        bytes: histogram,
        grown: grown as u64,
        grown_objects: grown,
        grown_by_size: vec![grown],
        prefix_peaks: (1..=8).map(peak).collect(),
        ..Default::default()
    }
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
        filename: text(match id % 3 {
            0 => format!("/src/part{}/file{}.rs", id % 40, id % 900),
            _ => format!(
                "/registry/src/index/part-0.1.{}/src/file{}.rs",
                id % 40,
                id % 900
            ),
        }),
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
