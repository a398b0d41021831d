//! What libtest accepts beside the [arguments](crate::args) of a benchmark executable. `cargo test -- …`
//! says it to every test executable of a package, and nextest to each that it lists, so that it must not
//! be an error here.

use std::path::PathBuf;

/// The arguments of libtest that a benchmark executable accepts and, but for one, does not need.
#[derive(clap::Args)]
pub(crate) struct Libtest {
    /// Only ignored tests.
    #[arg(long, hide = true)]
    ignored: bool,
    #[arg(long, hide = true)]
    include_ignored: bool,
    #[arg(long, hide = true, alias = "no-capture")]
    nocapture: bool,
    #[arg(long, hide = true)]
    show_output: bool,
    #[arg(long, hide = true, short)]
    quiet: bool,
    #[arg(long, hide = true)]
    test_threads: Option<String>,
    #[arg(long, hide = true)]
    format: Option<String>,
    #[arg(long, hide = true)]
    color: Option<String>,
    #[arg(long, hide = true)]
    logfile: Option<PathBuf>,
    #[arg(short = 'Z', hide = true)]
    unstable: Vec<String>,
    #[arg(long, hide = true)]
    report_time: bool,
    #[arg(long, hide = true)]
    ensure_time: bool,
    #[arg(long, hide = true)]
    shuffle: bool,
    #[arg(long, hide = true)]
    shuffle_seed: Option<String>,
    #[arg(long, hide = true)]
    exclude_should_panic: bool,
    #[arg(long, hide = true)]
    force_run_in_process: bool,
}

impl Libtest {
    /// Whether only ignored tests are asked for: no benchmark is one.
    pub(crate) fn asks_for_nothing(&self) -> bool {
        self.ignored
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Mode, args};

    fn config(said: &[&str]) -> Config {
        args::parse(said, Mode::Measure).unwrap()
    }

    #[test]
    fn what_libtest_accepts_is_accepted() {
        for said in [
            &["--include-ignored"][..],
            &["--format", "terse"],
            &["--format=json", "-Z", "unstable-options"],
            &["--color=always", "--logfile", "log.txt"],
            &["--report-time", "--ensure-time", "-Zunstable-options"],
            &["--shuffle", "--shuffle-seed", "17"],
            &["--exclude-should-panic", "--force-run-in-process"],
            &["--no-capture", "--show-output", "--test-threads=2"],
            &["-q", "-q", "--test-threads", "1", "--test-threads", "2"],
        ] {
            assert_eq!(config(said), Config::default(), "{said:?}");
        }
        // As nextest lists what there is, and what of it is ignored.
        let listed = config(&["--list", "--format", "terse"]);
        assert!(listed.mode == Mode::List && listed.selects("Log"));
        let two = config(&["--exact", "A", "--exact", "B", "--skip", "-x"]);
        assert!(two.selects("A") && two.selects("B") && !two.selects("AB"));
        assert_eq!(two.skip, ["-x"]);
        let ignored = config(&["--list", "--format", "terse", "--ignored", "--exact", "Log"]);
        assert!(ignored.mode == Mode::List && !ignored.selects("Log"));
    }
}
