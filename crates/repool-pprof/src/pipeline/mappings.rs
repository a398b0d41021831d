//! Normalizes mappings before an analysis, as pprof does.

use crate::profile::Profile;
use crate::profile::{Mapping, StringId};

/// Adds a mapping without a file for all locations to a profile that has no mappings.
pub(super) fn add_missing(profile: &mut Profile) {
    if profile.mappings.is_empty() {
        profile.mappings.push(Mapping::default());
        for location in &mut profile.locations {
            location.mapping = Some(0);
        }
    }
}

/// Removes file names that are URLs. Such a name is where the profile was downloaded from, not a
/// file.
pub(super) fn remove_urls(profile: &mut Profile) {
    for at in 0..profile.mappings.len() {
        let mapping = profile.mappings[at];
        if mapping.build_id.is_empty() && is_url(profile.string(mapping.file)) {
            profile.mappings[at].file = StringId::default();
        }
    }
}

/// Whether a file name is a URL, by the rules of Go's `url.Parse`: a scheme as in `http:`, without
/// control characters or invalid escapes.
fn is_url(file: &str) -> bool {
    let Some((scheme, rest)) = file.split_once(':') else {
        return false;
    };
    let mut letters = scheme.chars();
    let is_scheme = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    let escapes = rest.split('%').skip(1);
    let are_escapes = |escape: &str| {
        let digits = escape.as_bytes().iter().take(2);
        digits.filter(|digit| digit.is_ascii_hexdigit()).count() == 2
    };
    is_scheme
        && !file.contains(|letter: char| letter.is_ascii_control())
        // Without a slash behind the scheme, Go does not check escapes.
        && (!rest.starts_with('/') || escapes.into_iter().all(are_escapes))
}

#[cfg(test)]
mod tests {
    use super::is_url;

    #[test]
    fn paths_are_not_urls() {
        for file in [
            "",
            "/srv/app",
            "[vdso]",
            "app",
            ":app",
            "1a:b",
            "a b:c",
            "http:/%zz",
        ] {
            assert!(!is_url(file), "{file}");
        }
        for file in ["http://host:80/debug", "c:app", "C:\\app.exe", "x+y-1.z:"] {
            assert!(is_url(file), "{file}");
        }
    }
}
