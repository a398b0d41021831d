//! Recognizes old formats that `go tool pprof` can convert and this crate does not read, so that the
//! error can name the format.

/// Reads the number with this index of an array.
type Word = fn(&[u8], usize) -> Option<u64>;

/// Readers of numbers of 4 and 8 bytes in both byte orders. gperftools' CPU profiles are arrays of
/// such numbers, by the machine that wrote them.
const WORDS: [Word; 4] = [
    |data, at| four(data, at).map(|bytes| u32::from_le_bytes(bytes).into()),
    |data, at| four(data, at).map(|bytes| u32::from_be_bytes(bytes).into()),
    |data, at| eight(data, at).map(u64::from_le_bytes),
    |data, at| eight(data, at).map(u64::from_be_bytes),
];

fn four(data: &[u8], at: usize) -> Option<[u8; 4]> {
    data.get(at * 4..)?.first_chunk().copied()
}

fn eight(data: &[u8], at: usize) -> Option<[u8; 8]> {
    data.get(at * 8..)?.first_chunk().copied()
}

/// The name of the file's format, if `go tool pprof` can convert it.
pub(in crate::profile) fn other_format(data: &[u8]) -> Option<&'static str> {
    for word in WORDS {
        let numbers = [0, 1, 2, 3, 4].map(|at| word(data, at));
        match numbers {
            [Some(0), Some(3), Some(0), Some(1..), Some(0)] => {
                return Some("a CPU profile of gperftools in its binary format");
            }
            [Some(0), Some(3), Some(1), Some(1..), Some(0)] => {
                return Some("a CPU profile of Java in the binary format of gperftools");
            }
            _ => {}
        }
    }
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or(data);
    let starts: [(&str, &str); 8] = [
        (
            "--- contentionz 1 ---",
            "a contention profile of Java as text",
        ),
        ("--- contentionz ", "a contention profile as text"),
        ("--- contention:", "a contention profile as text"),
        ("--- mutex:", "a mutex profile as text"),
        ("--- threadz ", "a thread profile as text"),
        ("--- heapz 1 ---", "a heap profile of Java as text"),
        ("--- CPU", "a CPU profile of the old text format"),
        (
            "--- symbol",
            "a symbolized profile, as pprof --raw writes it",
        ),
    ];
    let known = starts
        .iter()
        .find(|(start, _)| line.starts_with(start.as_bytes()));
    let counted = || {
        // For instance `goroutine profile: total 7`.
        let (name, _) = str::from_utf8(line).ok()?.split_once(" profile: total ")?;
        (!name.is_empty() && !name.contains(' '))
            .then_some("a profile of counts as text, as Go's debug=1 writes it")
    };
    known.map(|(_, what)| *what).or_else(counted)
}

#[cfg(test)]
mod tests {
    use super::other_format;

    #[test]
    fn old_formats_are_recognized_by_their_first_bytes() {
        let words = |language: u32| [0, 3, language, 10_000, 0];
        let little: Vec<u8> = words(0)
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let long = words(1).map(u64::from);
        let big: Vec<u8> = long.iter().flat_map(|word| word.to_be_bytes()).collect();
        let named = |data: &[u8]| other_format(data).unwrap_or("?");
        assert!(named(&little).starts_with("a CPU profile of gperftools"));
        assert!(named(&big).starts_with("a CPU profile of Java"));
        for (text, what) in [
            (
                "--- contentionz 1 ---\n",
                "a contention profile of Java as text",
            ),
            (
                "--- contention:\ncycles/second=1\n",
                "a contention profile as text",
            ),
            ("--- mutex:\n", "a mutex profile as text"),
            ("--- threadz 1 ---\n", "a thread profile as text"),
            ("--- heapz 1 ---\n", "a heap profile of Java as text"),
            ("--- CPU\n", "a CPU profile of the old text format"),
            (
                "goroutine profile: total 7\n",
                "a profile of counts as text, as Go's debug=1 writes it",
            ),
            (
                "--- symbol\nbinary=app\n",
                "a symbolized profile, as pprof --raw writes it",
            ),
            ("", "?"),
            (" profile: total 7", "?"),
            ("heap profile: 1: 1", "?"),
        ] {
            assert_eq!(named(text.as_bytes()), what, "{text}");
        }
        assert_eq!(other_format(&[0; 64]), None);
    }
}
