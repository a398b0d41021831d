use regex::Regex;

use crate::Profile;

/// Drops what the profile itself says is of no interest: frames whose function matches
/// `drop_frames` and not `keep_frames`, and all that they called. Nothing is dropped if one of the
/// two is no regular expression.
pub(super) fn drop_frames(profile: &mut Profile) {
    let whole = |text: &str| Regex::new(&format!("^({text})$"));
    if profile.drop_frames.is_empty() {
        return;
    }
    let Ok(drop) = whole(profile.text(profile.drop_frames)) else {
        return;
    };
    let keep = match profile.keep_frames.is_empty() {
        true => None,
        false => match whole(profile.text(profile.keep_frames)) {
            Ok(keep) => Some(keep),
            Err(_) => return,
        },
    };
    prune(profile, &drop, keep.as_ref());
}

/// What becomes of a location.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Nothing,
    /// What it called.
    Beneath,
    /// That, and itself.
    Whole,
}

fn prune(profile: &mut Profile, drop: &Regex, keep: Option<&Regex>) {
    let mut is_name_dropped = profile.texts.once(|name| {
        let short = without_arguments(name);
        !name.is_empty() && drop.is_match(short) && !keep.is_some_and(|keep| keep.is_match(short))
    });
    let is_dropped: Vec<bool> = profile
        .functions
        .iter()
        .map(|function| is_name_dropped(function.name))
        .collect();
    let lines = &profile.lines;
    let mut cuts = Vec::with_capacity(profile.locations.len());
    for location in &mut profile.locations {
        let own = &lines[location.lines()];
        let dropped = own
            .iter()
            .rposition(|line| is_dropped[line.function as usize]);
        cuts.push(match dropped {
            None => Cut::Nothing,
            Some(at) if at + 1 == own.len() => Cut::Whole,
            Some(at) => {
                location.lines_start += at as u32 + 1;
                Cut::Beneath
            }
        });
    }
    profile.samples.retain(|sample| {
        // Not before the first frame that is kept: else all of the stack might go.
        let mut found_kept = false;
        for (at, location) in sample.locations.iter().enumerate().rev() {
            match cuts[*location as usize] {
                Cut::Nothing => found_kept = true,
                _ if !found_kept => {}
                Cut::Whole => return Some(at + 1),
                Cut::Beneath => return Some(at),
            }
        }
        Some(0)
    });
}

/// A function's name up to its arguments.
fn without_arguments(name: &str) -> &str {
    // Some linkers put a dot in front.
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
    fn parentheses_of_names_stay() {
        assert_eq!(without_arguments(".f(int, char (*)())"), "f");
        let whole = "(anonymous namespace)::F::operator()";
        assert_eq!(without_arguments(&format!("{whole}(int)")), whole);
        assert_eq!(without_arguments("main.(*T).run"), "main.");
    }
}
