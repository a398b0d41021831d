//! The page of results before and after a change.

use std::fs;

use super::{folder, markup};

#[test]
fn before_and_after_are_compared() {
    let page = folder::page(&folder::pair("pair"));
    markup::check(&page);
    assert!(page.contains("Log-2: 171 → 80.25 ns/op (−53.1 %)."));
    assert!(page.contains("Log-2: 220 → 8 B/op (−96.4 %)."));
    assert!(page.contains("Processor &lt;1&gt;"));
    assert!(page.contains("Noop-2"));
    assert_eq!(page.matches("<table class=\"top\"").count(), 2);
    assert_eq!(page.matches("<iframe").count(), 2);
}

#[test]
fn one_file_is_enough_and_the_rest_is_missed() {
    for name in ["before.txt", "after.txt", "before.pb.gz", "after.pb.gz"] {
        let whole = folder::pair(&format!("pair-for-{name}"));
        let folder = folder::empty(&format!("pair-{name}"));
        fs::copy(whole.join(name), folder.join(name)).expect("it is there");
        let page = folder::page(&folder);
        markup::check(&page);
        for other in ["before.txt", "after.txt", "before.pb.gz", "after.pb.gz"] {
            let missed = page.contains(&format!("there is no {other} in the folder"));
            assert_eq!(missed, other != name, "{other} where {name} is");
        }
    }
}
