//! Which functions allocate most, as plain data.

/// What `top` prints of a profile.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Top {
    /// What is said before the table: of what, and how much of it is shown.
    pub(super) notes: Vec<String>,
    pub(super) rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) flat: String,
    pub(super) flat_share: String,
    pub(super) cum: String,
    pub(super) cum_share: String,
    pub(super) function: String,
}

impl Top {
    /// Takes the text apart, whose form is agreed (it is that of Go's pprof) and whose function
    /// names may have spaces in them.
    pub(super) fn of_text(text: &str) -> Self {
        let mut lines = text.lines();
        let head = lines.by_ref();
        let notes = head
            .take_while(|line| !line.trim_start().starts_with("flat  flat%"))
            // Where it comes from and when it was is said elsewhere.
            .filter(|line| line.starts_with("Type: ") || line.starts_with("Showing "))
            .map(str::to_owned)
            .collect();
        Self {
            notes,
            rows: lines.filter_map(Row::of_line).collect(),
        }
    }
}

impl Row {
    fn of_line(line: &str) -> Option<Self> {
        let mut rest = line.trim_start();
        let mut word = || {
            let (word, after) = rest.split_once(char::is_whitespace)?;
            rest = after.trim_start();
            Some(word.to_owned())
        };
        let (flat, flat_share, _sum) = (word()?, word()?, word()?);
        let (cum, cum_share) = (word()?, word()?);
        Some(Self {
            flat,
            flat_share,
            cum,
            cum_share,
            function: rest.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_taken_apart() {
        let text = "File: app\nType: alloc_space\n\
            Showing nodes accounting for 10kB, 100% of 10kB total\n\
            \x20     flat  flat%   sum%        cum   cum%\n\
            \x20      8kB 80.00% 80.00%       10kB   100%  <T as app::Log<u8>>::log (inline)\n\
            \x20      2kB 20.00%   100%        2kB 20.00%  app::stamp\n";
        let top = Top::of_text(text);
        assert_eq!(
            top.notes,
            [
                "Type: alloc_space",
                "Showing nodes accounting for 10kB, 100% of 10kB total"
            ]
        );
        assert_eq!(top.rows.len(), 2);
        let first = &top.rows[0];
        assert_eq!((&*first.flat, &*first.flat_share), ("8kB", "80.00%"));
        assert_eq!((&*first.cum, &*first.cum_share), ("10kB", "100%"));
        assert_eq!(first.function, "<T as app::Log<u8>>::log (inline)");
    }
}
