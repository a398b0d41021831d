/// The last part of a path, as Go has it: of none `.`, of the root `/`.
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = path.trim_end_matches('/');
    match path.rsplit('/').next() {
        Some("") | None => "/",
        Some(name) => name,
    }
}

/// Without `.`, doubled `/`, and `..` behind a name, as Go has it: of none `.`.
pub(crate) fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") => parts.push(part),
                Some(_) => {
                    parts.pop();
                }
                None if is_absolute => {}
                None => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    match (is_absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

/// A path in a folder.
pub(crate) fn join(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", "") => String::new(),
        ("", one) | (one, "") => clean(one),
        _ => clean(&format!("{folder}/{path}")),
    }
}

/// The folder that a path lies in, as Go has it: of a name alone `.`, of the root `/`.
pub(crate) fn parent(path: &str) -> String {
    let end = path.rfind('/').map_or(0, |slash| slash + 1);
    clean(&path[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_as_in_go() {
        for (path, cleaned, parent_of, base_of) in [
            ("", ".", ".", "."),
            ("/", "/", "/", "/"),
            ("a", "a", ".", "a"),
            ("a/b/", "a/b", "a/b", "b"),
            ("/a//b", "/a/b", "/a", "b"),
            ("./a/./b/../../..", "..", ".", ".."),
            ("/../a", "/a", "/", "a"),
            ("../../a", "../../a", "../..", "a"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
            assert_eq!(parent(path), parent_of, "{path}");
            assert_eq!(base(path), base_of, "{path}");
        }
        assert_eq!(join("", "a/../b"), "b");
        assert_eq!(join("/x/", "../b"), "/b");
        assert_eq!(join("", ""), "");
    }
}
