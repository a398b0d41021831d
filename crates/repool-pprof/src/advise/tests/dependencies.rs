//! What the user of a dependency can do about its allocations.

use super::actions;
use super::test_profile::{SizeSpec, TestProfile};
use crate::advise::{Action, Advice, Site};

const MANY: i64 = 10_000;

/// A profile in which the crate `dep` is of the registry.
fn made() -> TestProfile {
    let mut made = TestProfile::new();
    for of_crate in ["dep", "<dep"] {
        made.file(
            of_crate,
            "/home/a/.cargo/registry/src/index-1949cf8c6b5b557f/dep-1.2.3/src/lib.rs",
        );
    }
    made
}

fn site<'a>(advice: &'a Advice, function: &str) -> &'a Site {
    let mut sites = advice.sites.iter();
    let found = sites.find(|site| site.location.function == function);
    found.expect("there is such a site")
}

#[test]
fn the_output_of_a_call_may_be_passed_in() {
    let mut made = made();
    // As a template engine: one output and several small texts for each call.
    let render = [("main", 1), ("page", 8), ("dep::Engine::render", 3)];
    let at = |call: (&'static str, i64)| [&render[..], &[call]].concat();
    made.stack(&at(("dep::Output::new", 5)), 1, &[(8192, MANY, 0, 0)]);
    let sizes: Vec<_> = (1..30).map(|size| (size, MANY / 2, 0, 0)).collect();
    made.stack(&at(("dep::Parameter::expand", 7)), 1, &sizes);
    made.stack(&at(("dep::Context::new", 9)), 1, &[(96, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.groups.len(), 1);
    let group = &advice.groups[0];
    assert_eq!(
        (group.location.function.as_str(), group.location.line),
        ("page", Some(8))
    );
    let output = site(&advice, "dep::Output::new");
    assert!(!output.own_code && !output.author_only);
    assert_eq!(output.crate_name.as_deref(), Some("dep"));
    assert_eq!(output.via.as_ref(), Some(&group.location));
    assert_eq!(output.recommendations[0].action, Action::PassBuffer);
    assert!(
        output.recommendations[0]
            .reason
            .contains("`dep::Engine::render`")
    );
    // What is made many times in a call is the author's business, and not in the sum.
    let texts = site(&advice, "dep::Parameter::expand");
    assert!(texts.author_only && !texts.recommendations.is_empty());
    assert_eq!(
        group.saves.allocations,
        output.recommendations[0].saves.allocations
    );
    assert_eq!(advice.saves, group.saves);
}

#[test]
fn a_table_that_a_call_makes_may_be_passed_in() {
    let mut made = made();
    let calls = [
        ("main", 1),
        ("store", 8),
        ("dep::compress_into", 3),
        ("dep::Table::new", 5),
    ];
    made.stack(&calls, 1, &[(8192, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(actions(&advice, 0), [Action::PassBuffer]);
}

#[test]
fn a_buffer_that_is_passed_in_is_the_users() {
    let mut made = made();
    let calls = [
        ("main", 1),
        ("total", 8),
        ("dep::Reader::read_event_into", 3),
    ];
    made.stack(&calls, 1, &[(16, MANY, 0, 0), (32, MANY, 0, MANY)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(actions(&advice, 0)[0], Action::Scratch);
    let reason = &advice.sites[0].recommendations[0].reason;
    assert!(
        reason.starts_with("keep the buffer that is passed to `read_event_into`"),
        "{reason}"
    );
}

#[test]
fn a_short_text_in_a_buffer_that_is_passed_in_is_the_users() {
    let mut made = made();
    let outer = [("main", 1), ("total", 8), ("dep::read_event_into", 3)];
    let at = |call: (&'static str, i64)| [&outer[..], &[call]].concat();
    made.stack(&at(("dep::read_text", 5)), 1, &[(16, MANY, 0, 0)]);
    made.stack(&at(("dep::read_ref", 7)), 1, &[(8, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert!(!site(&advice, "dep::read_ref").author_only);
    assert_eq!(advice.saves.allocations, advice.allocated.allocations - 2);
}

#[test]
fn a_buffer_that_a_constructor_makes_is_not_passed_in() {
    let mut made = made();
    let calls = [
        ("main", 1),
        ("load", 8),
        ("dep::Decoder::read_info", 3),
        ("dep::RowBuffer::new", 5),
    ];
    made.stack(&calls, 1, &[(128, MANY, 0, 0), (256, MANY, 0, MANY)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(actions(&advice, 0), [Action::PassBuffer]);
}

#[test]
fn the_parts_of_a_value_with_a_buffer_may_be_passed_in() {
    let mut made = made();
    // As the records of a table: a box, a text and a list for each row.
    let next = [("main", 1), ("sum", 8), ("dep::Records::next", 3)];
    let at = |calls: &[(&'static str, i64)]| [&next[..], calls].concat();
    let texts: Vec<_> = (1..30).map(|size| (size, MANY, 0, 0)).collect();
    let rows = 29 * MANY;
    made.stack(&at(&[("dep::Record::clone", 5)]), 1, &texts);
    let new = [("dep::Record::clone", 4), ("dep::Record::new", 9)];
    // The reader has one for the table, too, by another call path.
    let header = [("main", 1), ("sum", 8), ("dep::Records::next", 3)];
    let header = [
        &header[..],
        &[("dep::read_header", 2), ("dep::Record::new", 9)],
    ]
    .concat();
    made.stack(&header, 1, &[(88, 10, 0, 0)]);
    made.stack(&at(&new), 1, &[(88, rows, 0, 0)]);
    made.stack(&at(&[("dep::Context::new", 6)]), 1, &[(96, rows, 0, 0)]);
    let advice = made.advice(rows as u64);
    let boxes = site(&advice, "dep::Record::new");
    assert_eq!(boxes.recommendations[0].action, Action::PassBuffer);
    assert!(!boxes.author_only);
    assert!(site(&advice, "dep::Context::new").author_only);
}

#[test]
fn an_iterator_is_called_for_each_item_although_its_first_call_makes_more() {
    let mut made = made();
    let next = [("main", 1), ("sum", 8), ("dep::Records::next", 3)];
    let at = |call: (&'static str, i64)| [&next[..], &[call]].concat();
    // An operation reads two hundred items, each with a text, and a header once.
    let texts: Vec<_> = (1..21).map(|size| (size, MANY, 0, 0)).collect();
    made.stack(&at(("dep::Record::clone", 5)), 1, &texts);
    made.stack(&at(("dep::read_header", 7)), 1, &[(500, MANY / 10, 0, 0)]);
    let advice = made.advice(MANY as u64 / 10);
    let text = site(&advice, "dep::Record::clone");
    assert_eq!(text.recommendations[0].action, Action::PassBuffer);
    assert!(!text.author_only);
}

#[test]
fn a_value_of_a_dependency_may_be_kept() {
    let mut made = made();
    let calls = [("main", 1), ("send", 8), ("dep::Encoder::new", 3)];
    made.stack(&calls, 1, &[(65_536, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(actions(&advice, 0), [Action::Scratch, Action::Pool]);
    let reason = &advice.sites[0].recommendations[0].reason;
    assert!(
        reason.starts_with("keep the value that `new` makes"),
        "{reason}"
    );
}

#[test]
fn texts_that_a_parser_copies_may_be_borrowed() {
    let mut made = made();
    let calls = [
        ("main", 1),
        ("<Row as dep::Deserialize>::deserialize", 8),
        ("dep::from_str", 3),
        ("dep::Visitor::visit_str", 5),
    ];
    let sizes: Vec<_> = (1..30).map(|size| (size, MANY, 0, 0)).collect();
    made.stack(&calls, 1, &sizes);
    made.stack(&[("main", 1), ("own", 9)], 1, &[(64, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    let copies = site(&advice, "dep::Visitor::visit_str");
    assert_eq!(copies.recommendations[0].action, Action::Borrow);
}

#[test]
fn a_buffer_inside_a_dependency_is_not_the_users_line() {
    // A decoder allocates its row buffer in one call and grows it in another: the innermost common
    // function is the user's.
    let mut made = made();
    made.stack(
        &[("main", 1), ("load", 8), ("dep::read_info", 3)],
        1,
        &[(64, MANY, 0, 0)],
    );
    let calls = [("main", 1), ("load", 9), ("dep::next_frame", 4)];
    made.stack(&calls, 1, &[(128, MANY, 0, MANY)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites.len(), 1);
    let site = &advice.sites[0];
    assert_eq!(site.location.function, "dep::read_info");
    assert!(!site.own_code);
    assert_eq!(site.via.as_ref().and_then(|via| via.line), Some(8));
}

#[test]
fn a_stack_without_own_code_is_the_authors() {
    let mut made = made();
    made.stack(
        &[("dep::worker", 1), ("dep::task", 2)],
        2,
        &[(64, 9 * MANY, 0, 0)],
    );
    made.stack(&[("main", 1), ("own", 9)], 2, &[(64, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    let functions: Vec<&str> = advice
        .groups
        .iter()
        .map(|group| group.location.function.as_str())
        .collect();
    assert_eq!(functions, ["own", "dep::task"], "the user's comes first");
    assert!(advice.groups[1].author_only && advice.sites[1].via.is_none());
    assert_eq!(advice.groups[1].saves.allocations, 0);
    assert_eq!(advice.saves.allocations, advice.groups[0].saves.allocations);
    assert_eq!(advice.recommended, 1);
}

#[test]
fn methods_of_stds_traits_have_no_second_form() {
    let action = |entry: &'static str, sizes: &[SizeSpec]| {
        let mut made = made();
        made.stack(&[("main", 1), ("rows", 8), (entry, 3)], 1, sizes);
        let advice = made.advice(MANY as u64);
        let site = &advice.sites[0];
        (site.author_only, site.recommendations[0].action)
    };
    let fixed = [(64, MANY, 0, 0)];
    let iter = "<dep::Rows as core::iter::traits::collect::IntoIterator>::into_iter";
    assert!(action(iter, &fixed).0);
    assert!(action("<dep::Uri as core::str::traits::FromStr>::from_str", &fixed).0);
    // `clone_from` is one, `read_record` may be one of `next`, and `Write` appends to what its caller has.
    let next = "<dep::Records as core::iter::traits::iterator::Iterator>::next";
    assert_eq!(action(next, &fixed), (false, Action::PassBuffer));
    let clone = "<dep::Row as core::clone::Clone>::clone";
    assert_eq!(action(clone, &fixed), (false, Action::PassBuffer));
    let write = "<dep::Encoder<W> as std::io::Write>::write_all";
    let grown = [(64, MANY, 0, 0), (128, MANY, 0, MANY)];
    assert!(!action(write, &grown).0);
}

#[test]
fn each_function_that_a_line_calls_has_its_number_of_calls() {
    // As `for record in reader.records()`: one reader, and fifty records.
    let mut made = made();
    let line = [("main", 1), ("sum", 8)];
    let at = |call: (&'static str, i64)| [&line[..], &[call]].concat();
    made.stack(&at(("dep::Reader::new", 5)), 1, &[(440, MANY, 0, 0)]);
    let next = "<dep::Records as core::iter::traits::iterator::Iterator>::next";
    made.stack(&at((next, 7)), 1, &[(88, 50 * MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    let records = site(&advice, next);
    assert!(!records.author_only);
    assert_eq!(actions(&advice, 0), [Action::PassBuffer]);
    let reason = &records.recommendations[0].reason;
    assert!(reason.contains("a form that fills one item"), "{reason}");
}

#[test]
fn a_buffer_of_one_size_is_the_writers_own() {
    let action = |entry: &'static str, sizes: &[SizeSpec]| {
        let mut made = made();
        made.stack(&[("main", 1), ("encode", 8), (entry, 3)], 1, sizes);
        made.lifetimes().stacks[0].alignment = 1;
        made.advice(MANY as u64).sites[0].recommendations[0].action
    };
    let output = [(64, MANY, 0, 0), (128, MANY, 0, MANY)];
    for entry in ["dep::Encoder::write_image", "dep::Encoder::finish"] {
        assert_eq!(
            action(entry, &[(33_026, MANY, 0, 0)]),
            Action::PassBuffer,
            "{entry}"
        );
        assert_eq!(action(entry, &output), Action::Scratch, "{entry}");
    }
    assert_eq!(
        action("dep::Decoder::read_info", &output),
        Action::PassBuffer
    );
}

#[test]
fn a_task_takes_no_buffer() {
    for entry in ["dep::runtime::spawn", "dep::yield_now::{async_fn#0}"] {
        let mut made = made();
        made.stack(
            &[("main", 1), ("serve", 8), (entry, 3)],
            2,
            &[(256, MANY, 0, 0)],
        );
        assert!(made.advice(MANY as u64).sites[0].author_only, "{entry}");
    }
}

#[test]
fn the_users_line_of_a_parser_is_not_that_of_derive() {
    let mut made = made();
    let calls = [
        ("main", 1),
        ("parse", 12),
        ("dep::from_str", 3),
        (
            "app::_::<impl dep::Deserialize for app::Row>::deserialize",
            8,
        ),
        ("dep::deserialize_struct", 5),
        ("app::visit_map", 8),
        ("dep::StringVisitor::visit_str", 7),
    ];
    let sizes: Vec<_> = (1..30).map(|size| (size, MANY, 0, 0)).collect();
    made.stack(&calls, 4, &sizes);
    let advice = made.advice(MANY as u64);
    let group = &advice.groups[0].location;
    assert_eq!((group.function.as_str(), group.line), ("parse", Some(12)));
    assert_eq!(actions(&advice, 0), [Action::Borrow]);
}

#[test]
fn a_function_takes_no_values_of_the_crates_below_its_own() {
    let mut made = made();
    let index = "/home/a/.cargo/registry/src/index-1949cf8c6b5b557f";
    made.file("deflate", &format!("{index}/deflate-1.2.3/src/lib.rs"));
    made.file("dep_core", &format!("{index}/dep-core-1.2.3/src/lib.rs"));
    let at = |call| [("main", 1), ("encode", 8), ("dep::encode", 3), call];
    made.stack(&at(("deflate::State::make", 4)), 1, &[(65_536, MANY, 0, 0)]);
    made.stack(
        &at(("dep_core::Slots::make", 5)),
        1,
        &[(65_536, MANY, 0, 0)],
    );
    let advice = made.advice(MANY as u64);
    assert!(site(&advice, "deflate::State::make").author_only);
    assert!(!site(&advice, "dep_core::Slots::make").author_only);
}

#[test]
fn an_output_is_of_a_call_beside_thousands_of_small_texts() {
    let mut made = made();
    let render = [("main", 1), ("page", 8), ("dep::Engine::render", 3)];
    let at = |call: (&'static str, i64)| [&render[..], &[call]].concat();
    made.stack(&at(("dep::Output::new", 5)), 1, &[(8192, MANY, 0, 0)]);
    made.stack(&at(("dep::escape", 6)), 1, &[(7, 20 * MANY, 0, 0)]);
    made.stack(&at(("dep::expand", 7)), 1, &[(9, 900 * MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert!(!site(&advice, "dep::Output::new").author_only);
    assert!(site(&advice, "dep::escape").author_only);
    assert!(site(&advice, "dep::expand").author_only);
}

#[test]
fn a_value_that_a_dependency_makes_is_not_to_be_put_on_the_stack() {
    let mut made = made();
    made.stack(&[("main", 1), ("own", 8)], 1, &[(64, MANY, 0, 0)]);
    made.stack(
        &[("main", 1), ("use", 9), ("dep::new", 3)],
        1,
        &[(64, MANY, 0, 0)],
    );
    let advice = made.advice(MANY as u64);
    for (function, may_be) in [("own", true), ("dep::new", false)] {
        let recommendations = &site(&advice, function).recommendations;
        assert_eq!(recommendations[0].action, Action::Scratch);
        assert_eq!(recommendations[0].reason.contains("stack will do"), may_be);
    }
}
