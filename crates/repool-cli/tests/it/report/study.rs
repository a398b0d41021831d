//! The page of a study.

use std::fs;

use super::{folder, markup};

/// The page equals the stored one; `REPOOL_BLESS=1` stores it anew.
#[test]
fn the_page_equals_the_stored_one() {
    let page = folder::page(&folder::study("study"));
    let golden = folder::data("report.html");
    if std::env::var_os("REPOOL_BLESS").is_some_and(|said| said == "1") {
        fs::write(&golden, &page).expect("the repository can be written to");
    }
    let stored = fs::read_to_string(&golden).unwrap_or_default();
    if page != stored {
        let at = page
            .bytes()
            .zip(stored.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let near = page
            .get(at.saturating_sub(60)..(at + 60).min(page.len()))
            .unwrap_or_default();
        panic!("the page differs at byte {at}: …{near}…; look at it, then set REPOOL_BLESS=1");
    }
}

#[test]
fn everything_is_there_once_and_nothing_comes_from_elsewhere() {
    let page = folder::page(&folder::study("study-markup"));
    markup::check(&page);
    for part in [
        "findings", "figures", "tops", "flames", "retained", "advice", "repeat",
    ] {
        assert!(page.contains(&format!("id=\"{part}\"")), "{part}");
    }
    assert_eq!(page.matches("<iframe").count(), 2);
    assert_eq!(
        page.matches("<svg").count(),
        4,
        "a chart for each unit, and one of memory"
    );
    // Ten rounds of three variants in three units, and the ends of three series.
    assert_eq!(
        page.matches("<circle class=\"dot\"").count(),
        3 * 3 * 10 + 3
    );
}

#[test]
fn it_is_small_beside_its_flame_graphs() {
    let page = folder::page(&folder::study("study-size"));
    let graphs = page
        .split("base64,")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let own = page.len() - graphs.map(str::len).sum::<usize>();
    assert!(own < 48 << 10, "{own} bytes");
}

#[test]
fn what_is_missing_is_said() {
    let folder = folder::study("study-missing");
    fs::remove_file(folder.join("LogWithPool.pb.gz")).expect("it was there");
    let page = folder::page(&folder);
    assert!(page.contains("The top of LogWithPool: there is no LogWithPool.pb.gz in the folder."));
    assert!(
        !page.contains("The flame graph of LogNoAlloc"),
        "it allocates nothing, and there is nothing to draw"
    );
}
