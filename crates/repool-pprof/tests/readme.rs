//! The tables and the advice on the front page equal the output of its example. `REPOOL_BLESS=1`
//! writes them anew.

use std::fs;
use std::path::Path;

use repool_pprof::advise::{Advice, AdviseSettings, Costs};
use repool_pprof::{Analysis, Profile, Settings};

#[test]
fn the_front_page_shows_what_its_example_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let profile = Profile::open(folder.join("tests/data/orders.pb.gz")).expect("a profile");
    let settings = AdviseSettings::new().costs(Costs::new(2.0, 0.0));
    let advice = Advice::of(&profile, &settings).expect("of allocations");
    let settings = Settings::new().sample("alloc_space").node_count(2);
    let analysis = Analysis::new(profile, None, &settings).expect("it has that sample type");

    let path = folder.join("README.md");
    let mut page = fs::read_to_string(&path).expect("the front page");
    for (name, text) in [
        ("top", without_head(&analysis.top().to_string())),
        ("tree", without_head(&analysis.tree().to_string())),
        ("advice", advice.to_string()),
    ] {
        // The page has no trailing spaces.
        let lines = text.lines().map(|line| line.trim_end().to_owned() + "\n");
        let text: String = lines.collect();
        let start = format!("<!-- {name} -->\n```text\n");
        let from = page.find(&start).expect("a place for it") + start.len();
        let to = from + page[from..].find("```").expect("the end of the place");
        if std::env::var_os("REPOOL_BLESS").is_some() {
            page.replace_range(from..to, &text);
        } else {
            assert_eq!(page[from..to], text, "{name}");
        }
    }
    if std::env::var_os("REPOOL_BLESS").is_some() {
        fs::write(&path, page).expect("the front page can be written");
    }
}

/// A table without the lines before its totals, which have a time in the machine's time zone.
fn without_head(table: &str) -> String {
    let from = table.find("Showing nodes").expect("a table has totals");
    table[from..].to_owned()
}
