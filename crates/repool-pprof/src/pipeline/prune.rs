//! Drops the frames that a profile itself asks to drop, as pprof does.

use regex::Regex;

use crate::Profile;

/// Drops frames whose function matches the profile's `drop_frames` and not its `keep_frames`, and the
/// frames of all functions that they called. Drops nothing if one of the two is not a valid regular
/// expression.
pub(super) fn drop_frames(profile: &mut Profile) {
    let whole = |text: &str| Regex::new(&format!("^({text})$"));
    if profile.drop_frames.is_empty() {
        return;
    }
    let Ok(drop) = whole(profile.string(profile.drop_frames)) else {
        return;
    };
    let keep = match profile.keep_frames.is_empty() {
        true => None,
        false => match whole(profile.string(profile.keep_frames)) {
            Ok(keep) => Some(keep),
            Err(_) => return,
        },
    };
    prune(profile, &drop, keep.as_ref());
}

/// The frames that are dropped at a location.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prune {
    Nothing,
    /// The frames of the functions that the location called.
    Callees,
    /// The location's own frames, and those of the functions that it called.
    All,
}

/// Drops frames by these expressions.
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
        let own = &lines[location.lines()];
        let dropped = own
            .iter()
            .rposition(|line| is_dropped[line.function as usize]);
        prunes.push(match dropped {
            None => Prune::Nothing,
            Some(at) if at + 1 == own.len() => Prune::All,
            Some(at) => {
                location.lines_start += at as u32 + 1;
                Prune::Callees
            }
        });
    }
    profile.samples.retain(|sample| {
        // Drops nothing outside of the outermost kept frame, so that the stack does not become empty.
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
    // Some linkers prepend a dot.
    let name = name.strip_prefix('.').unwrap_or(name);
    let of_names = |at: usize| {
        name[at..].starts_with("(anonymous namespace)")
            || (name[at..].starts_with("()") && name[..at].ends_with("operator"))
    };
    let first = name.match_indices('(').find(|(at, _)| !of_names(*at));
    first.map_or(name, |(at, _)| &name[..at])
}

#[cfg(test)]
mod tests {
    use super::without_arguments;

    #[test]
    fn parentheses_of_names_are_kept() {
        assert_eq!(without_arguments(".f(int, char (*)())"), "f");
        let whole = "(anonymous namespace)::F::operator()";
        assert_eq!(without_arguments(&format!("{whole}(int)")), whole);
        assert_eq!(without_arguments("main.(*T).run"), "main.");
    }
}
