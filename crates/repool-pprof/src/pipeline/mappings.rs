use crate::Profile;
use crate::profile::{Mapping, Text};

/// Everything belongs to a mapping without a name where there are none.
pub(super) fn complete(profile: &mut Profile) {
    if profile.mappings.is_empty() {
        profile.mappings.push(Mapping::default());
        for location in &mut profile.locations {
            location.mapping = Some(0);
        }
    }
}

/// Takes away the names that are addresses of the net: what they were fetched from.
pub(super) fn forget_addresses(profile: &mut Profile) {
    for at in 0..profile.mappings.len() {
        let mapping = profile.mappings[at];
        if mapping.build_id.is_empty() && is_address(profile.text(mapping.file)) {
            profile.mappings[at].file = Text::default();
        }
    }
}

/// Whether it begins with a scheme as in `http:`, and nothing that no address may have follows.
fn is_address(file: &str) -> bool {
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
        // What follows a scheme without a slash is taken as it is.
        && (!rest.starts_with('/') || escapes.into_iter().all(are_escapes))
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn paths_are_no_addresses() {
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
            assert!(!is_address(file), "{file}");
        }
        for file in ["http://host:80/debug", "c:app", "C:\\app.exe", "x+y-1.z:"] {
            assert!(is_address(file), "{file}");
        }
    }
}
