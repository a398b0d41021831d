//! Checks that every page must pass.

use std::collections::HashSet;

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    let rests = page.split(&*start).skip(1);
    rests.filter_map(|rest| rest.split('"').next()).collect()
}

/// Checks that ids are unique, references have targets, nothing is loaded, and headings are nested.
#[track_caller]
pub fn check(page: &str) {
    let ids = values(page, "id");
    let unique: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id is there twice: {ids:?}");
    for label in values(page, "aria-labelledby")
        .iter()
        .flat_map(|ids| ids.split(' '))
    {
        assert!(
            unique.contains(label),
            "{label} names something and is not there"
        );
    }
    for link in values(page, "href") {
        let id = link.strip_prefix('#').expect("links stay within the page");
        assert!(unique.contains(id), "{link} leads nowhere");
    }
    for source in values(page, "src") {
        assert!(source.starts_with("data:image/svg+xml;base64,"), "{source}");
    }
    for load in [
        "<script", "<link", "<img", "<object", "<base", "@import", "url(", "http://", "https://",
    ] {
        assert!(!page.contains(load), "{load}");
    }
    let levels = page
        .split("<h")
        .skip(1)
        .filter_map(|rest| rest.chars().next()?.to_digit(10));
    let levels: Vec<u32> = levels.collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(
        levels.windows(2).all(|two| two[1] <= two[0] + 1),
        "{levels:?}"
    );
    assert_eq!(
        page.matches("<table").count(),
        page.matches("<caption").count()
    );
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
}
