//! Drops the frames that match a profile's own `drop_frames`, as pprof does (`profile/prune.go`,
//! `RemoveUninteresting`).

use regex::Regex;

use crate::profile::Profile;

/// Drops each frame whose function name matches the profile's `drop_frames` and not its
/// `keep_frames`, and the frames of all functions that it called. The expressions match whole names.
/// Drops nothing if one of the two is not a valid regular expression.
pub(super) fn drop_frames(profile: &mut Profile) {
    let anchored = |text: &str| Regex::new(&format!("^({text})$"));
    if profile.drop_frames.is_empty() {
        return;
    }
    let Ok(drop) = anchored(profile.string(profile.drop_frames)) else {
        return;
    };
    let keep = match profile.keep_frames.is_empty() {
        true => None,
        false => match anchored(profile.string(profile.keep_frames)) {
            Ok(keep) => Some(keep),
            Err(_) => return,
        },
    };
    prune(profile, &drop, keep.as_ref());
}

/// What is dropped of a stack that contains a certain location.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prune {
    Nothing,
    /// The locations that this one called. Some of its own lines, those of its outer functions, are
    /// kept.
    Callees,
    /// The location, and those that it called.
    All,
}

/// Drops each frame whose function name matches `drop` and not `keep`, and the frames of all
/// functions that it called. Keeps a matching frame that no kept frame called, as pprof does.
fn prune(profile: &mut Profile, drop: &Regex, keep: Option<&Regex>) {
    let mut is_name_dropped = profile.strings.memoize(|name| {
        let short = without_arguments(name);
        !name.is_empty() && drop.is_match(short) && !keep.is_some_and(|keep| keep.is_match(short))
    });
    let is_dropped: Vec<bool> = profile
        .functions
        .iter()
        .map(|function| is_name_dropped(function.name))
        .collect();
    let lines = &profile.lines;
    let mut prunes = Vec::with_capacity(profile.locations.len());
    for location in &mut profile.locations {
        // Innermost first: each line is inlined into the next.
        let own_lines = &lines[location.lines()];
        let outermost_dropped = own_lines
            .iter()
            .rposition(|line| is_dropped[line.function as usize]);
        prunes.push(match outermost_dropped {
            None => Prune::Nothing,
            Some(at) if at + 1 == own_lines.len() => Prune::All,
            Some(at) => {
                // Drops the matching line and the lines that are inlined into it.
                location.lines_start += at as u32 + 1;
                Prune::Callees
            }
        });
    }
    profile.samples.retain(|sample| {
        // From the root to the leaf. The closure returns how many locations to drop, from the leaf.
        // Locations before the first kept one are never dropped, so that no stack becomes empty.
        let mut found_kept = false;
        for (at, location) in sample.locations.iter().enumerate().rev() {
            match prunes[*location as usize] {
                Prune::Nothing => found_kept = true,
                _ if !found_kept => {}
                Prune::All => return Some(at + 1),
                Prune::Callees => return Some(at),
            }
        }
        Some(0)
    });
}

/// A function's name without its arguments.
fn without_arguments(name: &str) -> &str {
    // The PowerPC ELF v1 ABI puts a dot before the name.
    let name = name.strip_prefix('.').unwrap_or(name);
    // Whether the parenthesis at this index belongs to the name.
    let is_in_name = |at: usize| {
        name[at..].starts_with("(anonymous namespace)")
            || (name[at..].starts_with("()") && name[..at].ends_with("operator"))
    };
    let first = name.match_indices('(').find(|(at, _)| !is_in_name(*at));
    first.map_or(name, |(at, _)| &name[..at])
}

#[cfg(test)]
mod tests {
    use super::without_arguments;

    #[test]
    fn parentheses_of_names_are_kept() {
        assert_eq!(without_arguments(".f(int, char (*)())"), "f");
        let without = "(anonymous namespace)::F::operator()";
        assert_eq!(without_arguments(&format!("{without}(int)")), without);
        // pprof also cuts a Go name at its receiver.
        assert_eq!(without_arguments("main.(*T).run"), "main.");
    }
}
