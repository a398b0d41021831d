//! Worked examples, at the end of each command's help.

pub(super) const REPOOL: &str = "\
Examples:
  repool                                  repeat the study, and write repool-study/
  REPOOL_PROFILE=allocs.pb.gz my-service  a profile of a program that calls repool_prof::from_env
  repool top allocs.pb.gz                 which functions allocate
  repool advise allocs.pb.gz              which of them are worth a pool
  cargo bench > old.txt                   before, and after into new.txt
  repool compare old.txt new.txt          whether it helped

Exit codes:
  0  done
  1  compare --fail-on-regression found one, or what is printed cannot be written
  2  bad arguments or bad input: one line on standard error says what, where and what to do

Colours are for terminals only, and never if NO_COLOR is set. Files and pipes get every byte; on a
terminal, control characters of names are escaped: \\u{1b}.";

pub(super) const TOP: &str = "\
Examples:
  repool top allocs.pb.gz                       all bytes that were allocated, or the profile's choice
  repool top --sample inuse_space allocs.pb.gz  what is alive
  repool top --cum -n 20 cpu.pb.gz              the 20 that took the most, callees included
  repool top monday.pb.gz tuesday.pb.gz         both, added up
  repool top --diff-base old.pb.gz new.pb.gz    what grew and what shrank
  repool top --binary app.unstripped app.pb.gz  names for the profile of a stripped program
  repool top --focus 'my_crate::' --unit kb --json allocs.pb.gz";

pub(super) const LIST: &str = "\
Examples:
  repool list allocs.pb.gz 'Parser::parse'               that function, line by line
  repool list --sample alloc_objects allocs.pb.gz log
  repool list --source-path ../service allocs.pb.gz log  where the source is elsewhere now";

pub(super) const TREE: &str = "\
Examples:
  repool tree allocs.pb.gz
  repool tree --focus serialize -n 10 allocs.pb.gz";

pub(super) const TRACES: &str = "\
Examples:
  repool traces --sample alloc_objects allocs.pb.gz
  repool traces --focus to_text allocs.pb.gz  only stacks with that function";

pub(super) const FLAME: &str = "\
Examples:
  repool flame allocs.pb.gz -o allocs.svg --open       draw it, and look at it
  repool flame --diff old.pb.gz new.pb.gz -o diff.svg  red grew, blue shrank
  repool flame monday.pb.gz tuesday.pb.gz -o both.svg  both, added up
  repool flame --folded allocs.pb.gz -o -              folded stacks, for other tools";

pub(super) const ADVISE: &str = "\
Examples:
  repool advise allocs.pb.gz
  repool advise --operations 100000 allocs.pb.gz  the profile is of so many requests
  repool advise --json allocs.pb.gz";

pub(super) const COMPARE: &str = "\
Examples:
  repool compare old.txt new.txt
  repool compare main=main.txt branch=branch.txt         columns with names
  repool compare --fail-on-regression=5 old.txt new.txt  exit with 1 if anything is 5 % worse, for CI";

pub(super) const REPORT: &str = "\
Examples:
  repool study && repool report repool-study --open
  repool report results  before.txt, after.txt, before.pb.gz, after.pb.gz";

pub(super) const STUDY: &str = "\
Examples:
  repool study                                  three loggers, about 20 seconds
  repool study --input app.log --out app-study  with messages of yours
  repool study --workload json --input records.ndjson
  repool study --time 0.1 --count 6 --json";

pub(super) const COMPLETIONS: &str = "\
Examples:
  repool completions bash > ~/.local/share/bash-completion/completions/repool
  repool completions fish > ~/.config/fish/completions/repool.fish
  repool completions zsh > \"${fpath[1]}/_repool\"";

pub(super) const MAN: &str = "\
Examples:
  repool man | man -l -
  repool man ~/.local/share/man/man1";
