//! Which stacks are linked to one site.

use proptest::prelude::*;

use super::test_profile::TestProfile;
use crate::advise::Advice;
use crate::advise::alloc_stacks::{AllocStack, AllocStacks, FrameKey};
use crate::advise::chains::chains;

fn stacks(made: &TestProfile) -> Vec<AllocStack> {
    AllocStacks::read(&made.profile())
        .expect("allocations")
        .stacks
}

#[test]
fn a_buffer_is_of_the_function_that_holds_it() {
    let mut made = TestProfile::new();
    let fresh = [(128, 100, 0, 0)];
    made.stack(&[("main", 1), ("to_vec", 2)], 1, &fresh);
    let calls = [("main", 1), ("to_vec", 3), ("list", 4), ("text", 5)];
    made.stack(&calls, 1, &[(256, 100, 0, 100), (512, 40, 0, 40)]);
    made.stack(
        &[("main", 1), ("to_vec", 3), ("list", 9)],
        1,
        &[(1024, 20, 0, 20)],
    );
    let advice = made.advice(100);
    assert_eq!(advice.sites.len(), 1);
    let site = &advice.sites[0];
    assert_eq!(
        (site.location.function.as_str(), site.location.line),
        ("to_vec", Some(2))
    );
    assert_eq!((site.objects, site.growths), (100, 160));
    // 60 objects have the final size 256, 20 have 512, and 20 have 1024.
    assert_eq!(
        (site.sizes.least, site.sizes.median, site.sizes.greatest),
        (256, 256, 1024)
    );
}

/// The first blocks of the two lists would suggest each other's growth.
#[test]
fn growth_is_linked_to_the_origin_that_the_profile_names() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("small", 2)], 1, &[(64, 100, 0, 0)]);
    made.stack(&[("main", 3), ("large", 2)], 1, &[(4000, 100, 0, 0)]);
    made.stack(&[("main", 5), ("grow", 4)], 1, &[(128, 100, 0, 100)]);
    let sizes = |advice: &Advice| {
        let mut sizes: Vec<(u64, u64)> = advice
            .sites
            .iter()
            .map(|site| (site.sizes.least, site.growths))
            .collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(sizes(&made.advice(100)), [(128, 100), (4000, 0)]);
    // As after `reserve_exact` for less.
    made.lifetimes().stacks[2].origins = vec![1];
    assert_eq!(sizes(&made.advice(100)), [(64, 0), (128, 100)]);
    made.lifetimes().stacks[2].origins = vec![77, u64::MAX];
    assert_eq!(sizes(&made.advice(100)), [(128, 100), (4000, 0)]);
}

#[test]
fn what_is_made_further_in_is_of_the_function_that_it_is_returned_to() {
    let mut made = TestProfile::new();
    made.stack(
        &[("main", 1), ("serve", 2), ("new_buffer", 3)],
        1,
        &[(64, 100, 0, 0)],
    );
    made.stack(
        &[("main", 1), ("serve", 4), ("fill", 5)],
        1,
        &[(128, 100, 0, 100)],
    );
    let advice = made.advice(100);
    assert_eq!(advice.sites.len(), 1);
    assert_eq!(advice.sites[0].location.function, "serve");
}

#[test]
fn another_object_in_the_same_function_stays_apart() {
    let mut made = TestProfile::new();
    made.stack(
        &[("main", 1), ("log", 2), ("time", 3)],
        1,
        &[(8, 1000, 0, 0)],
    );
    made.stack(&[("main", 1), ("log", 2)], 1, &[(8, 1000, 0, 0)]);
    made.stack(&[("main", 1), ("log", 4)], 1, &[(24, 1000, 0, 0)]);
    made.stack(
        &[("main", 1), ("log", 5)],
        1,
        &[(16, 1000, 0, 1000), (32, 1000, 0, 1000)],
    );
    let advice = made.advice(1000);
    let lines: Vec<_> = advice
        .sites
        .iter()
        .map(|site| (site.location.line, site.objects, site.growths))
        .collect();
    assert_eq!(
        lines,
        [
            (Some(2), 1000, 2000),
            (Some(4), 1000, 0),
            (Some(3), 1000, 0)
        ]
    );
}

#[test]
fn a_buffer_with_two_beginnings_is_one() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("log", 2)], 1, &[(8, 600, 0, 0)]);
    made.stack(&[("main", 1), ("log", 4)], 1, &[(8, 400, 0, 0)]);
    made.stack(&[("main", 1), ("log", 6)], 1, &[(16, 1000, 0, 1000)]);
    let advice = made.advice(1000);
    assert_eq!(advice.sites.len(), 1);
    assert_eq!(advice.sites[0].objects, 1000);
}

#[test]
fn a_buffer_that_lines_fill_one_after_the_other_is_one() {
    // As an encoder's output: the header is written at one line, and the data at the next, at two
    // stacks. Neither the row of the second line nor its small pieces can double to these sizes.
    let mut made = TestProfile::new();
    let header = [("encode", 10), ("write_header", 3)];
    made.stack(
        &header,
        1,
        &[(8, 1000, 0, 0), (16, 1000, 0, 1000), (64, 1000, 0, 1000)],
    );
    let data =
        |inner: &[(&'static str, i64)]| [&[("encode", 11), ("write_data", 4)], inner].concat();
    made.stack(&data(&[]), 1, &[(192, 1000, 0, 0)]);
    made.stack(
        &data(&[("dump", 7)]),
        1,
        &[(83, 300, 0, 0), (219, 400, 0, 0), (291, 300, 0, 0)],
    );
    let chunk = data(&[("write_chunk", 8)]);
    let lengths: Vec<_> = [128, 144, 232, 332].map(|size| (size, 250, 0, 250)).into();
    made.stack(&chunk, 1, &lengths);
    let doubled: Vec<_> = [256, 288, 464, 664].map(|size| (size, 250, 0, 250)).into();
    made.stack(&[&chunk[..], &[("write_be", 9)]].concat(), 1, &doubled);
    let advice = made.advice(1000);
    let mut sizes: Vec<_> = advice
        .sites
        .iter()
        .map(|site| (site.objects, site.growths, site.sizes.greatest))
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [(1000, 0, 192), (1000, 0, 291), (1000, 4000, 664)]);
}

#[test]
fn two_growths_are_not_each_the_others_beginning() {
    // As a serializer: a buffer of 128 bytes grows in any of two functions.
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("to_vec", 2)], 1, &[(128, 1000, 0, 0)]);
    let grown = [(256, 300, 0, 300), (512, 200, 0, 200)];
    for call in ["write_text", "write_number"] {
        let calls = [("main", 1), ("to_vec", 3), ("serialize", 5), (call, 7)];
        made.stack(&calls, 1, &grown);
    }
    let advice = made.advice(1000);
    assert_eq!(advice.sites.len(), 1);
    assert_eq!(
        (advice.sites[0].objects, advice.sites[0].growths),
        (1000, 1000)
    );
}

#[test]
fn a_resize_keeps_the_alignment() {
    // The growth of a list of numbers at the line of texts.
    let mut made = TestProfile::new();
    for (line, alignment, blocks) in [
        (3, 1, (32, 1000, 0, 0)),
        (4, 8, (64, 1000, 0, 1000)),
        (2, 8, (32, 1000, 0, 0)),
    ] {
        made.stack(&[("main", 1), ("list", line)], 1, &[blocks]);
        made.lifetimes().stacks.last_mut().unwrap().alignment = alignment;
    }
    let advice = made.advice(1000);
    let mut growths: Vec<_> = advice
        .sites
        .iter()
        .map(|site| (site.location.line, site.growths))
        .collect();
    growths.sort_unstable();
    assert_eq!(growths, [(Some(2), 1000), (Some(3), 0)]);
}

#[test]
fn few_objects_are_not_the_beginning_of_many() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1)], 1, &[(64, 10, 0, 0)]);
    made.stack(&[("main", 2), ("parse", 3)], 1, &[(128, 1000, 0, 1000)]);
    let advice = made.advice(1000);
    assert_eq!(advice.sites.len(), 2);
    assert_eq!(advice.sites[0].location.function, "parse");
}

#[test]
fn a_rare_growth_does_not_move_a_site_outwards() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("name", 3)], 1, &[(64, 100_000, 0, 0)]);
    made.stack(&[("main", 2), ("list", 3)], 1, &[(128, 10, 0, 10)]);
    assert_eq!(made.advice(1000).sites[0].location.function, "name");
}

/// A stack of functions and lines, the outermost first, with the numbers of its fresh and grown
/// blocks.
type Allocating = (Vec<(u32, i64)>, i64, i64);

/// Random stacks of functions 0 to 3 at lines 1 to 3, of one to five frames.
fn programs() -> impl Strategy<Value = Vec<Allocating>> {
    let calls = prop::collection::vec((0..4_u32, 1..4_i64), 1..6);
    prop::collection::vec((calls, 0..50_i64, 0..50_i64), 1..40)
}

fn made(program: &[Allocating]) -> TestProfile {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    let mut made = TestProfile::new();
    for (calls, fresh, grown) in program {
        let calls: Vec<_> = calls
            .iter()
            .map(|(function, line)| (NAMES[*function as usize], *line))
            .collect();
        made.stack(&calls, 1, &[(64, *fresh, 0, 0), (128, *grown, 0, *grown)]);
    }
    made
}

proptest! {
    /// Every stack is in one chain, all stacks of a chain share the outer frames and the chain's
    /// function, and every block counts once.
    #[test]
    fn chains_part_all_stacks(program in programs()) {
        let made = made(&program);
        let stacks = stacks(&made);
        let chains = chains(&stacks);
        let mut seen = vec![0; stacks.len()];
        for chain in &chains {
            prop_assert!(chain.stacks.contains(&chain.first));
            let outer = |stack: usize| -> (&[FrameKey], u32) {
                let frames = &stacks[stack].frames;
                (&frames[..chain.depth], frames[chain.depth].function)
            };
            for stack in &chain.stacks {
                seen[*stack] += 1;
                prop_assert_eq!(outer(*stack), outer(chain.first));
            }
            let parts = |stacks_of: &[usize]| stacks_of.len() > 1;
            let grows = chain.stacks.iter().any(|stack| stacks[*stack].grown() > 0.0);
            prop_assert!(grows || !parts(&chain.stacks), "only growth links");
        }
        prop_assert!(seen.iter().all(|times| *times == 1));

        let advice = made.advice(10);
        let bytes: i64 = program.iter().map(|(_, fresh, grown)| 64 * fresh + 128 * grown).sum();
        prop_assert_eq!(advice.allocated.bytes, bytes as u64);
        prop_assert!(advice.saves.bytes <= advice.allocated.bytes);
        prop_assert!(advice.saves.allocations <= advice.allocated.allocations);
    }

    /// A buffer that one function holds is one site, whatever call paths grow it.
    #[test]
    fn one_buffer_is_one_site(
        outer in prop::collection::vec((0..4_u32, 1..4_i64), 0..4),
        ways in prop::collection::vec(prop::collection::vec((0..4_u32, 1..4_i64), 0..5), 1..8),
        further in 0..=4_usize,
        objects in 1..1000_i64,
    ) {
        const NAMES: [&str; 5] = ["a", "b", "c", "d", "holder"];
        let named = |calls: &[(u32, i64)]| -> Vec<(&'static str, i64)> {
            calls.iter().map(|(function, line)| (NAMES[*function as usize], *line)).collect()
        };
        let mut made = TestProfile::new();
        let mut first = named(&outer);
        first.push(("holder", 10));
        first.extend((0..further).map(|line| ("make", line as i64)));
        made.stack(&first, 1, &[(64, objects, 0, 0)]);
        for (number, way) in ways.iter().enumerate() {
            let mut calls = named(&outer);
            calls.push(("holder", 11 + number as i64));
            calls.extend(named(way));
            let size = 128_i64 << number;
            made.stack(&calls, 1, &[(size, objects, 0, objects)]);
        }
        let advice = made.advice(10);
        prop_assert_eq!(advice.sites.len(), 1);
        let site = &advice.sites[0];
        prop_assert_eq!(&site.location.function, "holder");
        prop_assert_eq!(site.objects, objects as u64);
        prop_assert_eq!(site.growths, objects as u64 * ways.len() as u64);
        prop_assert_eq!(site.sizes.least, 64 << ways.len());
    }
}
