//! Names with markup, paths and figures from an untrusted `study.json`.

use repool_cli::study::Outcome;

use super::{folder, markup};
use crate::profile;

const NAME: &str = "</title></style><script>alert(\"'&1\")</script><img src=x onerror=alert(1)>";

#[test]
fn no_text_is_taken_for_markup() {
    let folder = folder::study("hostile");
    let mut outcome = Outcome::read(&folder).expect("the study can be read");
    let variants = outcome.variants.len();
    outcome.workload = NAME.into();
    outcome.operation = NAME.into();
    outcome.takeaways.push(NAME.into());
    outcome.machine.cpu = NAME.into();
    outcome.machine.engine = NAME.into();
    for (place, variant) in outcome.variants.iter_mut().enumerate() {
        let name = format!("{place}{NAME}");
        for record in outcome
            .benchmarks
            .iter_mut()
            .filter(|record| record.name == variant.name)
        {
            record.name.clone_from(&name);
            record.metrics.insert("<script>/op".into(), 1.0);
        }
        variant.name = name;
        variant.about = NAME.into();
    }
    for verdict in &mut outcome.verdicts {
        verdict.advice = NAME.into();
        verdict.before = NAME.into();
        verdict.after = NAME.into();
        verdict.sites = vec![NAME.into()];
    }
    for retained in &mut outcome.retained {
        retained.name = NAME.into();
    }
    folder::put(&folder, "study.json", outcome.to_json().as_bytes());
    folder::put(
        &folder,
        "LogNoPool.pb.gz",
        &profile::of(&[(&[NAME, "<T as app::Log<u8>>::log"], 1, 100)]),
    );
    let page = folder::page(&folder);
    // Among others: no `<script` and no `<img`.
    markup::check(&page);
    assert_eq!(
        page.matches("</title>").count(),
        1 + 3 + 1 + 1,
        "the page's and the charts'"
    );
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(&quot;'&amp;1&quot;)"));
    assert!(page.contains("&lt;T as app::<wbr>Log&lt;u8&gt;&gt;::<wbr>log"));
    assert_eq!(
        page.matches("scope=\"row\"><span class=\"key").count(),
        variants + outcome.retained.len()
    );
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_not_followed() {
    let folder = folder::study("hostile-path");
    let mut outcome = Outcome::read(&folder).expect("the study can be read");
    outcome.variants[0].flame = "../hostile-path/LogNoPool.svg".into();
    outcome.variants[1].flame = folder.join("LogNoPool.svg").to_string_lossy().into_owned();
    folder::put(&folder, "study.json", outcome.to_json().as_bytes());
    assert_eq!(folder::page(&folder).matches("<iframe").count(), 0);
}

#[test]
fn figures_that_are_none_make_a_page() {
    let folder = folder::study("hostile-figures");
    let mut outcome = Outcome::read(&folder).expect("the study can be read");
    for record in &mut outcome.benchmarks {
        record.ns_per_op = if record.name == "LogNoPool" {
            1e300
        } else {
            0.0
        };
        record.bytes_per_op = None;
        record.allocs_per_op = Some(u64::MAX);
    }
    outcome.retained[0].points = vec![];
    outcome.retained[1].points = vec![(f64::MAX, u64::MAX), (-1.0, 0)];
    outcome.verdicts[0].predicted.ns_per_op = f64::MAX;
    outcome.verdicts[0].measured.ns_per_op = -f64::MAX;
    folder::put(&folder, "study.json", outcome.to_json().as_bytes());
    let page = folder::page(&folder);
    markup::check(&page);
    assert!(!page.contains("NaN") && !page.contains("\"inf"));

    folder::put(
        &folder,
        "study.json",
        Outcome::default().to_json().as_bytes(),
    );
    markup::check(&folder::page(&folder));
}
