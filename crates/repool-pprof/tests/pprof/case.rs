//! A table with its options, made by pprof and by this crate, and their comparison.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex::Regex;
use repool_pprof::{Analysis, Base, Profile, Settings, Sources, Warning};

use crate::go::Go;

/// A table and its options.
#[derive(Clone, Debug, Default)]
pub struct Case {
    pub profile: PathBuf,
    /// The same profile in another format, for pprof.
    pub converted: Option<PathBuf>,
    /// Profiles that are merged with it.
    pub more: Vec<PathBuf>,
    pub base: Option<PathBuf>,
    /// Whether percentages are relative to the base.
    pub diff: bool,
    pub tree: bool,
    /// Another table instead of a top or a tree.
    pub other: Option<OtherTable>,
    pub settings: Settings,
}

/// A table that is neither a top nor a tree.
#[derive(Clone, Debug)]
pub enum OtherTable {
    Traces,
    /// A list of the functions that match.
    List(String, Sources),
}

impl Case {
    pub fn of(profile: impl Into<PathBuf>) -> Self {
        Self {
            profile: profile.into(),
            ..Self::default()
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    fn arguments(&self) -> Vec<String> {
        let settings = &self.settings;
        let mut arguments = match &self.other {
            Some(OtherTable::Traces) => vec!["-traces".into()],
            Some(OtherTable::List(regex, sources)) => {
                let mut arguments = vec![format!("-list={regex}")];
                let folders = sources.folders.iter();
                arguments.extend(folders.map(|folders| format!("-source_path={folders}")));
                if !sources.trim_prefixes.is_empty() {
                    arguments.push(format!("-trim_path={}", sources.trim_prefixes));
                }
                arguments
            }
            None => vec![if self.tree { "-tree" } else { "-top" }.to_owned()],
        };
        let mut add = |name: &str, value: Option<String>| {
            arguments.extend(value.map(|value| format!("-{name}={value}")));
        };
        let regex = |regex: &Option<Regex>| regex.as_ref().map(ToString::to_string);
        let default = Settings::default();
        add("sample_index", settings.sample.clone());
        add(
            "nodecount",
            settings.node_count.map(|count| count.to_string()),
        );
        add("focus", regex(&settings.focus));
        add("ignore", regex(&settings.ignore));
        add(
            "unit",
            (settings.unit != default.unit).then(|| settings.unit.clone()),
        );
        if settings.cum {
            arguments.push("-cum".into());
        }
        if settings.no_inlines {
            arguments.push("-noinlines".into());
        }
        if let Some(base) = &self.base {
            let name = if self.diff { "diff_base" } else { "base" };
            arguments.push(format!("-{name}={}", base.display()));
        }
        let profile = self.converted.as_ref().unwrap_or(&self.profile);
        let profiles = [profile].into_iter().chain(&self.more);
        arguments.extend(profiles.map(|path| path.display().to_string()));
        arguments
    }

    /// This crate's table and warnings, or its error.
    fn ours(&self) -> Result<(String, Vec<Warning>), String> {
        let open = |path: &PathBuf| Profile::open(path).map_err(|error| error.to_string());
        let base = match &self.base {
            Some(base) => Some(Base::new(open(base)?).diff(self.diff)),
            None => None,
        };
        let more: Result<Vec<Profile>, String> = self.more.iter().map(open).collect();
        let sum = open(&self.profile)?.merge(more?);
        let analysis = sum.and_then(|sum| Analysis::new(sum, base, &self.settings));
        let analysis = analysis.map_err(|error| error.to_string())?;
        let table = match &self.other {
            Some(OtherTable::Traces) => analysis.traces().to_string(),
            Some(OtherTable::List(regex, sources)) => {
                let regex = Regex::new(regex).expect("it is one");
                let list = analysis.list(&regex, sources);
                list.map_err(|error| error.to_string())?.to_string()
            }
            None if self.tree => analysis.tree().to_string(),
            None => analysis.top().to_string(),
        };
        Ok((table, analysis.warnings().to_vec()))
    }

    /// The first difference between pprof and this crate; `None` if there is none.
    fn difference(&self, go: &Go, refused: &AtomicUsize) -> Option<String> {
        let arguments = self.arguments();
        let theirs = go.pprof(&arguments);
        let difference = match (theirs.table, self.ours()) {
            (None, Err(_)) => {
                refused.fetch_add(1, Ordering::Relaxed);
                None
            }
            (Some(table), Ok((ours, warnings))) => first_difference(&table, &ours)
                .or_else(|| other_warnings(&theirs.besides, &warnings)),
            (Some(_), Err(error)) => Some(format!("we said {error}")),
            (None, Ok(_)) => Some(format!("pprof said {}", theirs.besides)),
        };
        difference.map(|difference| format!("pprof {}\n{difference}", arguments.join(" ")))
    }
}

fn first_difference(theirs: &str, ours: &str) -> Option<String> {
    if theirs == ours {
        return None;
    }
    let (mut theirs, mut ours) = (theirs.split('\n'), ours.split('\n'));
    loop {
        let lines = (theirs.next(), ours.next());
        if lines.0 != lines.1 {
            return Some(format!("  pprof {:?}\n  ours  {:?}", lines.0, lines.1));
        }
    }
}

fn other_warnings(said: &str, warnings: &[Warning]) -> Option<String> {
    let differ = |warning: &Warning| matches!(warning, Warning::UnitsDiffer { .. });
    let same = said.contains("Focus expression matched no samples")
        == warnings.contains(&Warning::FocusMatchesNothing)
        && said.contains("Ignore expression matched no samples")
            == warnings.contains(&Warning::IgnoreMatchesNothing)
        && said.matches("also encountered unit(s)").count()
            == warnings.iter().filter(|warning| differ(warning)).count();
    (!same).then(|| format!("  pprof says {said}\n  we say {warnings:?}"))
}

/// Compares all cases; panics if there are fewer than `least`.
pub fn check(go: &Go, cases: &[Case], least: usize) {
    assert!(cases.len() >= least, "{} cases", cases.len());
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let differences = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get() + 1);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let difference = case.difference(go, &refused);
                    differences.lock().expect("no panic").extend(difference);
                }
            });
        }
    });
    let differences = differences.into_inner().expect("no panic");
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        cases.len(),
        differences[..differences.len().min(10)].join("\n")
    );
    // Most cases must have a table, and not an error.
    let refused = refused.into_inner();
    assert!(refused * 4 <= cases.len(), "{refused} have no table");
}
