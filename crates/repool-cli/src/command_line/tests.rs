//! Tests of the command line as a whole; each argument is tested with its command.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::study::{self, Workload};

fn parsed(args: &[&str]) -> Result<Command, Failure> {
    parse(["repool"].iter().chain(args))
}

fn options(args: &[&str]) -> study::Options {
    match parsed(args) {
        Ok(Command::Study(args)) => args.into(),
        Ok(_) => panic!("another command"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn no_arguments_mean_the_study_of_the_sample() {
    let options = options(&[]);
    assert_eq!((options.input, options.json), (None, false));
    assert_eq!(
        (options.time, options.count.get()),
        (Duration::from_millis(500), 6)
    );
    assert_eq!(options.workload, Workload::Log);
    assert_eq!(options.out, Path::new("repool-study"));
}

#[test]
fn the_command_study_may_be_omitted() {
    let arguments = [
        "--input",
        "x.log",
        "--time",
        "0.5",
        "--count",
        "7",
        "--json",
        "--workload",
        "zstd",
        "--out",
        "p",
    ];
    for options in [
        options(&arguments),
        options(&[&["study"][..], &arguments].concat()),
    ] {
        assert_eq!(options.input.as_deref(), Some("x.log".as_ref()));
        assert_eq!((options.time.as_millis(), options.count.get()), (500, 7));
        assert!(options.json);
        assert_eq!(options.workload, Workload::Zstd);
        assert_eq!(options.out, Path::new("p"));
    }
}

#[test]
fn a_hyphen_is_an_input() {
    assert_eq!(
        options(&["--input", "-"]).input.as_deref(),
        Some("-".as_ref())
    );
}

#[test]
fn the_description_is_consistent() {
    description().debug_assert();
}

#[test]
fn every_command_has_examples_that_parse() {
    let program = description();
    let commands = program.get_subcommands();
    let commands = commands.filter(|command| command.get_name() != "help");
    let examples: Vec<String> = std::iter::once(&program)
        .chain(commands)
        .map(|command| {
            let name = command.get_name();
            let examples = command.get_after_long_help();
            examples
                .unwrap_or_else(|| panic!("{name} has no examples"))
                .to_string()
        })
        .collect();
    let mut seen = 0;
    for line in examples.iter().flat_map(|text| text.lines()) {
        let Some(command) = line.trim_start().strip_prefix("repool ") else {
            continue;
        };
        // After two spaces comes an explanation; `|`, `>` and `&` are the shell's.
        let command = command.split("  ").next().unwrap_or_default();
        let command = command.split(['|', '>', '&']).next().unwrap_or_default();
        let words = shlex::split(command).expect("quotes that close");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Err(error) = parsed(&words) {
            panic!("repool {command}: {error}");
        }
        seen += 1;
    }
    assert!(seen > 25, "{seen}");
}
