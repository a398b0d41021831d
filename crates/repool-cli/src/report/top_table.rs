//! The rows of `repool top`, parsed from its text.

/// The table that `repool top` prints.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TopTable {
    /// The lines before the table that name the sample type and the shown share.
    pub(super) notes: Vec<String>,
    pub(super) rows: Vec<TopRow>,
}

/// One function, with the texts of its figures.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TopRow {
    pub(super) flat: String,
    pub(super) flat_share: String,
    pub(super) cum: String,
    pub(super) cum_share: String,
    pub(super) function: String,
}

impl TopTable {
    /// Parses the text, whose format is that of `go tool pprof -top`. Function names may contain spaces.
    pub(super) fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let head = lines.by_ref();
        let notes = head
            .take_while(|line| !line.trim_start().starts_with("flat  flat%"))
            // The page shows the file and the time elsewhere.
            .filter(|line| line.starts_with("Type: ") || line.starts_with("Showing "))
            .map(str::to_owned)
            .collect();
        Self {
            notes,
            rows: lines.filter_map(TopRow::parse).collect(),
        }
    }
}

impl TopRow {
    fn parse(line: &str) -> Option<Self> {
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
        let top = TopTable::parse(text);
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
