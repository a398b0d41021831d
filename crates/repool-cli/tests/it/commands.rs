//! Tests of each command as a process, on the profiles of one study.

use std::fs;
use std::path::Path;

use repool_testing::scratch::Scratch;

use crate::program::{Ended, repool, run, run_with_stdin};

/// The folder of a small study, which runs once for all tests.
fn study() -> &'static str {
    use std::sync::OnceLock;
    static STUDY: OnceLock<String> = OnceLock::new();
    STUDY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("commands-study");
        let folder = folder.into_os_string().into_string().expect("text");
        printed(&["study", "--time", "0.001", "--count", "6", "--out", &folder]);
        folder
    })
}

pub fn profile_of(name: &str) -> String {
    format!("{}/{name}.pb.gz", study())
}

/// The output of a command that succeeds without a warning.
#[track_caller]
pub fn printed(args: &[&str]) -> String {
    let outcome = run(repool(args));
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (Some(0), ""),
        "{args:?}"
    );
    outcome.stdout
}

/// The message of a command that fails because of its input.
#[track_caller]
pub fn complaint(args: &[&str]) -> String {
    let Ended {
        code,
        stdout,
        stderr,
    } = run(repool(args));
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{args:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    let line = stderr
        .strip_prefix("repool: ")
        .expect("the program names itself");
    line.trim_end().to_string()
}

#[test]
fn tables_are_of_the_profile() {
    let profile = profile_of("LogNoPool");
    let top = printed(&["top", "--sample", "alloc_space", &profile]);
    assert!(top.contains("Type: alloc_space\n"), "{top}");
    let row = |line: &&str| line.ends_with("loggers::log_no_pool");
    assert!(top.lines().any(|line| row(&line)), "{top}");
    assert_eq!(top, printed(&["top", "--sample", "1", &profile]));

    let few = printed(&[
        "top",
        "--sample",
        "alloc_space",
        "--cum",
        "-n",
        "1",
        &profile,
    ]);
    assert!(few.contains("Showing top 1 nodes out of "), "{few}");
    for command in ["tree", "traces"] {
        let said = printed(&[command, "--sample", "alloc_objects", &profile]);
        assert!(said.contains("loggers::log_no_pool"), "{said}");
    }
    let list = printed(&["list", "--sample", "1", &profile, "log_no_pool"]);
    assert!(list.contains("ROUTINE ========================"), "{list}");
    assert!(
        list.contains("line.extend_from_slice"),
        "the source: {list}"
    );
}

#[test]
fn tables_are_documents_too() {
    let profile = profile_of("LogWithPool");
    let commands: [&[&str]; 5] = [
        &["top", "--json", &profile],
        &["tree", "--json", &profile],
        &["traces", "--json", &profile],
        &[
            "list",
            "--json",
            "--sample",
            "alloc_space",
            &profile,
            "to_text",
        ],
        &["advise", "--json", &profile],
    ];
    for args in commands {
        let document: serde_json::Value = serde_json::from_str(&printed(args)).expect("JSON");
        assert!(document.is_object(), "{args:?}");
    }
}

#[test]
fn a_base_is_taken_off() {
    let (old, new) = (profile_of("LogNoPool"), profile_of("LogWithPool"));
    let diff = printed(&["top", "--sample", "1", "--diff-base", &old, &new]);
    let gone = |line: &str| line.starts_with('-') && line.ends_with("loggers::log_no_pool");
    assert!(diff.lines().any(|line| gone(line.trim_start())), "{diff}");
    let base = printed(&["top", "--sample", "1", "--base", &new, &new]);
    assert!(
        base.contains("0% of 0 total") || base.contains(" of 0 total"),
        "{base}"
    );
}

/// Without `--sample` every command shows the profile's default sample type.
#[test]
fn the_profile_chooses_what_is_shown() {
    let file = profile_of("LogNoPool");
    for command in ["top", "tree", "traces", "list"] {
        let mut args = vec![command, "--json", &file];
        args.extend((command == "list").then_some("log_no_pool"));
        let document: serde_json::Value = serde_json::from_str(&printed(&args)).expect("JSON");
        assert_eq!(document["sample_type"], "alloc_space", "{command}");
    }
    let top = printed(&["top", &file]);
    assert!(
        top.contains("Type: alloc_space\n") && top.contains("loggers::log_no_pool"),
        "{top}"
    );
    let folded = ["flame", "--folded", &file, "-o", "-"];
    let named = [&folded[..], &["--sample", "alloc_space"]].concat();
    assert_eq!(printed(&folded), printed(&named));
}

#[test]
fn a_profile_may_come_from_standard_input() {
    let file = profile_of("LogWithPool");
    let outcome = run_with_stdin(repool(&["top", "-"]), &fs::read(&file).unwrap());
    assert_eq!(outcome.stdout, printed(&["top", &file]));
}

#[test]
fn a_focus_without_a_match_is_a_warning() {
    let outcome = run(repool(&[
        "top",
        "--focus",
        "no_such_function",
        &profile_of("LogNoPool"),
    ]));
    assert_eq!(outcome.code, Some(0));
    assert_eq!(outcome.stderr, "repool: focus matches no sample\n");
}

#[test]
fn advice_as_json_has_its_names() {
    let said = printed(&["advise", "--json", &profile_of("LogNoPool")]);
    let document: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(document["version"], 2);
    let group = &document["groups"][0];
    let site = &document["sites"][group["sites"][0].as_u64().expect("an index") as usize];
    assert_eq!(site["via"]["function"], group["function"]);
    assert_eq!(site["via"]["line"], group["line"]);
    let saves = group["saves"]["bytes"].as_f64().expect("a number of bytes");
    assert!((200.0..230.0).contains(&saves), "{said}");
}

#[test]
fn operations_are_an_argument_or_of_the_environment() {
    let profile = profile_of("LogNoPool");
    let operations = |args: &[&str], variable: Option<&str>| {
        let mut command = repool(&[&["advise", "--json", &profile], args].concat());
        match variable {
            Some(count) => command.env("REPOOL_OPERATIONS", count),
            None => command.env_remove("REPOOL_OPERATIONS"),
        };
        let document: serde_json::Value = serde_json::from_str(&run(command).stdout).expect("JSON");
        assert_eq!(document["per"], "operation");
        document["operations"].as_u64().expect("a number")
    };
    assert_eq!(operations(&[], Some("7")), 7);
    assert_eq!(operations(&["--operations", "5"], Some("7")), 5);
    assert!(operations(&[], None) > 7, "the profile has a number");
    let mut command = repool(&["advise", &profile]);
    command.env("REPOOL_OPERATIONS", "many");
    let Ended { code, stderr, .. } = run(command);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("many") && stderr.contains("--operations"),
        "{stderr}"
    );
}

#[test]
fn advice_is_to_pool_what_is_not_pooled() {
    let said = printed(&["advise", &profile_of("LogNoPool")]);
    assert!(
        said.contains("loggers::log_no_pool") && said.contains("Pool<Vec"),
        "{said}"
    );
    assert!(said.contains("212.") || said.contains("213 B/op"), "{said}");
    let sites = printed(&[
        "advise",
        "--sites",
        "--focus",
        "log_no_pool",
        &profile_of("LogNoPool"),
    ]);
    assert!(sites.contains("loggers::log_no_pool"), "{sites}");
    let none = printed(&[
        "advise",
        "--ignore",
        "log_no_pool",
        &profile_of("LogNoPool"),
    ]);
    assert!(!none.contains("loggers::log_no_pool"), "{none}");
    let said = printed(&["advise", &profile_of("LogNoAlloc")]);
    assert!(said.starts_with("No site is worth a change"), "{said}");
}

#[test]
fn flames_are_written_whole() {
    let scratch = Scratch::new("flames_are_written_whole");
    let (old, new) = (profile_of("LogNoPool"), profile_of("LogWithPool"));
    let file = format!("{}/x.svg", scratch.path());
    let said = printed(&["flame", "--sample", "alloc_space", &old, "-o", &file]);
    assert_eq!(said, format!("wrote {file}\n"));
    assert!(
        fs::read_to_string(&file)
            .unwrap()
            .trim_end()
            .ends_with("</svg>")
    );

    let drawn = printed(&["flame", "--diff", "--sample", "1", &old, &new, "-o", "-"]);
    assert!(drawn.contains("to_text") && drawn.trim_end().ends_with("</svg>"));
    let folded = printed(&["flame", "--folded", "--sample", "1", &old, "-o", "-"]);
    assert!(folded.lines().all(|line| line.contains(';')), "{folded}");

    for profiles in [vec![&old], vec![&old, &new, &old]] {
        let profiles = profiles.into_iter().map(String::as_str);
        let args: Vec<&str> = ["flame", "--diff"].into_iter().chain(profiles).collect();
        assert!(complaint(&args).contains("needs two profiles"));
    }
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
}

#[test]
fn a_browser_opens_what_was_written() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("a_browser_opens_what_was_written");
    let browser = scratch.file(
        "browser",
        b"#!/bin/sh\necho \"$1\" > \"$(dirname \"$0\")/opened\"\n",
    );
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let file = format!("{}/x.svg", scratch.path());
    let mut command = repool(&[
        "flame",
        "--open",
        &profile_of("LogNoPool"),
        "--sample",
        "1",
        "-o",
        &file,
    ]);
    command.env("BROWSER", &browser);
    assert_eq!(run(command).code, Some(0));
    let opened = fs::read_to_string(format!("{}/opened", scratch.path())).unwrap();
    assert_eq!(
        Path::new(opened.trim_end()),
        fs::canonicalize(&file).unwrap()
    );
}

#[test]
fn the_report_is_made_again() {
    let page = format!("{}/report.html", study());
    let before = fs::read_to_string(&page).unwrap();
    assert_eq!(printed(&["report", study()]), format!("wrote {page}\n"));
    assert_eq!(fs::read_to_string(&page).unwrap(), before);
}

#[test]
fn what_is_no_input_is_said_in_a_line() {
    let scratch = Scratch::new("what_is_no_input_is_said_in_a_line");
    let jpeg = scratch.file("x.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF");
    let empty = scratch.file("empty", b"");
    let whole = fs::read(profile_of("LogNoPool")).unwrap();
    let cut = scratch.file("cut.pb.gz", &whole[..whole.len() / 2]);
    for file in ["/no/such/file", scratch.path(), &jpeg, &empty, &cut] {
        for command in ["top", "tree", "traces", "flame", "advise", "compare"] {
            let line = complaint(&[command, file]);
            assert!(line.contains(file), "{command}: {line}");
        }
        assert!(complaint(&["list", file, "x"]).contains(file));
        assert!(complaint(&["top", "--base", file, &profile_of("LogNoPool")]).contains(file));
        assert!(complaint(&["report", file]).contains(file));
    }
    assert!(complaint(&["top", &jpeg]).contains("JPEG"));
    let profile = profile_of("LogNoPool");
    assert!(complaint(&["top", "--sample", "cpu", &profile]).contains("alloc_space"));
    assert!(complaint(&["top", "--focus", "(", &profile]).contains("--focus"));
    assert!(complaint(&["list", &profile, "no_such_function"]).contains("no_such_function"));
    assert!(complaint(&["top", "-n", "0", &profile]).contains("-n"));
    assert!(complaint(&["compare", "--alpha", "2", &profile]).contains("--alpha"));
}

#[test]
fn results_that_cannot_be_written_are_no_success() {
    let outcome = run(repool(&[
        "flame",
        &profile_of("LogNoPool"),
        "--sample",
        "1",
        "-o",
        "/no/such/x.svg",
    ]));
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("/no/such/x.svg"), "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1);
}

#[test]
fn help_in_every_form_names_every_command() {
    let commands = [
        "top", "list", "tree", "traces", "flame", "advise", "compare", "report", "study",
    ];
    let help = printed(&["--help"]);
    assert!(help.contains("Exit codes:") && help.contains("Examples:"));
    assert!(!help.contains('\u{1b}'), "colours are for terminals");
    let scratch = Scratch::new("help_in_every_form_names_every_command");
    printed(&["man", scratch.path()]);
    let man = printed(&["man"]);
    assert!(
        man.starts_with(".ie") || man.contains(".TH repool 1"),
        "{man}"
    );
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        for command in commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    for command in commands {
        assert!(help.contains(command));
        let own = printed(&[command, "--help"]);
        assert!(own.contains("Examples:\n  repool"), "{own}");
        let page = fs::read_to_string(format!("{}/repool-{command}.1", scratch.path()));
        assert!(page.unwrap().contains(&format!(".TH repool-{command} 1")));
    }
}
