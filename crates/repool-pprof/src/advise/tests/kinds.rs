//! What a site allocates, by its sizes, and the actions that fit.

use super::test_profile::{SizeSpec, TestProfile};
use super::{actions, unwrapped};
use crate::advise::{Action, Advice, NoAction, ObjectKind};

fn advice(blocks: &[SizeSpec]) -> Advice {
    let mut made = TestProfile::new();
    let peaks = [(1, 1, 1)];
    made.stack_with_peaks(&[("main", 1), ("site", 5)], &peaks, blocks);
    made.advice(10_000)
}

#[test]
fn a_vec_that_mostly_has_one_size_is_no_object_of_that_size() {
    let advice = advice(&[(96, 9_800, 0, 0), (28_672, 200, 0, 0)]);
    assert_eq!(advice.sites[0].kind, ObjectKind::Buffer);
    let text = advice.to_string();
    assert!(
        text.contains("Pool<Vec<_>>") && !text.contains("all have 96 B"),
        "{text}"
    );
}

#[test]
fn texts_are_bytes() {
    let kind = |blocks: &[SizeSpec]| advice(blocks).sites[0].kind;
    assert_eq!(kind(&[(18, 10_000, 0, 0)]), ObjectKind::Bytes);
    assert_eq!(kind(&[(64, 10_000, 0, 0)]), ObjectKind::Value);
    assert_eq!(
        kind(&[(13, 5000, 0, 0), (40, 5000, 0, 0)]),
        ObjectKind::Bytes
    );
    assert_eq!(
        kind(&[(48, 5000, 0, 0), (96, 5000, 0, 0)]),
        ObjectKind::Buffer
    );
    // A growing String begins with 8 bytes; a Vec of 16-byte elements with four.
    assert_eq!(
        kind(&[(8, 10_000, 0, 0), (16, 5000, 0, 5000)]),
        ObjectKind::Bytes
    );
    assert_eq!(
        kind(&[(64, 10_000, 0, 0), (128, 5000, 0, 5000)]),
        ObjectKind::Buffer
    );
}

#[test]
fn the_alignment_tells_bytes_from_other_elements() {
    let kind = |alignment: u64, blocks: &[SizeSpec]| {
        let mut made = TestProfile::new();
        made.stack_with_peaks(&[("main", 1), ("site", 5)], &[(1, 1, 1)], blocks);
        made.lifetimes().stacks[0].alignment = alignment;
        made.advice(10_000).sites[0].kind
    };
    let (fixed, two) = ([(8, 10_000, 0, 0)], [(48, 5000, 0, 0), (96, 5000, 0, 0)]);
    let grown = [(8, 10_000, 0, 0), (16, 5000, 0, 5000)];
    for (blocks, of_words) in [
        (&fixed[..], ObjectKind::Value),
        (&two, ObjectKind::Buffer),
        (&grown, ObjectKind::Buffer),
        (&[(4, 10_000, 0, 0), (18, 5000, 0, 0)], ObjectKind::Buffer),
    ] {
        assert_eq!(kind(1, blocks), ObjectKind::Bytes, "{blocks:?}");
        assert_eq!(kind(2, blocks), of_words, "{blocks:?}");
    }
}

#[test]
fn only_small_objects_of_one_size_may_be_on_the_stack() {
    let mentions_stack = |blocks: &[SizeSpec]| unwrapped(&advice(blocks)).contains("stack will do");
    assert!(mentions_stack(&[(4096, 10_000, 0, 0)]));
    for blocks in [
        &[(8192, 10_000, 0, 0)][..],
        &[(1 << 20, 10_000, 0, 0)],
        &[(64, 5000, 0, 0), (128, 5000, 0, 0)],
        &[(64, 10_000, 0, 0), (128, 5000, 0, 5000)],
        &[(18, 10_000, 0, 0)],
    ] {
        assert!(!mentions_stack(blocks), "{blocks:?}");
    }
}

#[test]
fn small_buffers_of_very_many_sizes_need_no_classes() {
    let sizes: Vec<_> = (0..32).map(|n| (1 + n * 31, 1000, 0, 0)).collect();
    let advice = advice(&sizes);
    assert_eq!(actions(&advice, 0), [Action::Scratch, Action::Pool]);
}

#[test]
fn bytes_of_many_sizes_need_classes_and_other_elements_have_none() {
    let sizes = |step: i64| (1..20).map(|n| (n * step, 1000, 0, 0)).collect::<Vec<_>>();
    assert!(actions(&advice(&sizes(501)), 0).contains(&Action::BufPool));
    assert!(actions(&advice(&sizes(480)), 0).contains(&Action::BufPool));
    assert!(actions(&advice(&sizes(144)), 0).contains(&Action::Pool));
}

#[test]
fn a_pool_of_buffers_whose_elements_may_own_memory_needs_a_recycle() {
    let reason = |blocks: &[SizeSpec]| {
        let advice = advice(blocks);
        let pool = advice.sites[0].recommendations.iter();
        let mut pool = pool.filter(|pool| pool.action == Action::Pool);
        pool.next().expect("a pool is recommended").reason.clone()
    };
    let of_texts = reason(&[(96, 10_000, 0, 0), (192, 5000, 0, 5000)]);
    assert!(of_texts.contains("Recycle of its own"), "{of_texts}");
    let of_numbers = reason(&[(16, 10_000, 0, 0), (32, 5000, 0, 5000)]);
    assert!(!of_numbers.contains("Recycle"), "{of_numbers}");
}

#[test]
fn memory_of_bytes_is_the_callers_and_is_frozen() {
    let mut made = TestProfile::new();
    let calls = [
        ("main", 1),
        ("frame", 5),
        ("bytes::bytes_mut::BytesMut::with_capacity", 100),
    ];
    made.stack(&calls, 1, &[(16, 10_000, 0, 0)]);
    let calls = [
        ("main", 1),
        ("frame", 7),
        (
            "<bytes::bytes_mut::BytesMut as bytes::buf::buf_mut::BufMut>::put_slice",
            9,
        ),
        ("bytes::bytes_mut::BytesMut::reserve_inner", 400),
    ];
    made.stack(&calls, 1, &[(3000, 10_000, 0, 10_000)]);
    let advice = made.advice(10_000);
    assert_eq!(advice.sites.len(), 1);
    let site = &advice.sites[0];
    assert_eq!(site.location.function, "frame");
    let pool = site.recommendations.iter();
    let mut pool = pool.filter(|one| one.action == Action::BufPool);
    let pool = pool.next().expect("a pool of buffers");
    assert!(
        pool.reason.contains("freeze it to Bytes"),
        "{}",
        pool.reason
    );
    // A frozen buffer has a header, which is allocated for each.
    assert_eq!(
        pool.saves.allocations,
        site.allocated.allocations - 10_000 - 2
    );
    let headers = 40 * 10_000;
    assert!(pool.saves.bytes < site.allocated.bytes - headers);
    assert!(
        !actions(&advice, 0).contains(&Action::Scratch),
        "clones share the memory"
    );
}

#[test]
fn texts_and_others_of_one_line_are_two_sites() {
    // As `split(',').map(str::to_owned).collect::<Vec<_>>()`: texts, and the Vec that holds them.
    let mut made = TestProfile::new();
    let texts: Vec<_> = (1..9).map(|size| (size, 5000, 0, 0)).collect();
    let grown = [(96, 10_000, 0, 0), (192, 5000, 0, 5000)];
    for (alignment, blocks) in [(1, &texts[..]), (8, &grown)] {
        made.stack(&[("main", 1), ("site", 5)], 2, blocks);
        made.lifetimes().stacks.last_mut().unwrap().alignment = alignment;
    }
    let advice = made.advice(10_000);
    assert_eq!((advice.groups.len(), advice.sites.len()), (1, 2));
    let site = |kind: ObjectKind| {
        let mut sites = advice.sites.iter();
        let site = sites
            .find(|site| site.kind == kind)
            .expect("one of each kind");
        (site.sizes.greatest, site.growths)
    };
    assert_eq!(site(ObjectKind::Bytes), (8, 0));
    assert_eq!(site(ObjectKind::Buffer), (192, 5000));
    assert!(unwrapped(&advice).contains("Recycle of its own"));
}

/// Copies of 50 B, each of which is cloned if `clones`: the saving of `BufPool` in allocations.
fn frozen(clones: bool) -> Option<u64> {
    let mut made = TestProfile::new();
    let copy = ("bytes::bytes::Bytes::copy_from_slice", 9);
    made.stack(&[("main", 1), ("head", 5), copy], 1, &[(50, 10_000, 0, 0)]);
    if clones {
        let clone = ("<bytes::bytes::Bytes as core::clone::Clone>::clone", 9);
        made.stack(
            &[("main", 1), ("share", 7), clone],
            1,
            &[(24, 10_000, 0, 0)],
        );
    }
    let advice = made.advice(10_000);
    let site = |function: &str| {
        let mut sites = advice.sites.iter();
        sites.find(|site| site.location.function == function)
    };
    if let Some(header) = site("share") {
        assert_eq!(header.no_action, Some(NoAction::SharedHeader));
    }
    let head = site("head").expect("there is such a site");
    let pool = head.recommendations.first()?;
    assert_eq!(pool.action, Action::BufPool);
    Some(pool.saves.allocations)
}

#[test]
fn freezing_allocates_the_header_that_a_clone_would() {
    assert_eq!(frozen(true), Some(9_999));
    assert_eq!(frozen(false), None, "the header costs as much as the copy");
}
