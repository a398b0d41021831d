//! Cells in columns, as text of one width.
//!
//! Every width and space is as benchstat has it, so that scripts which read its tables read these.

/// The alignment of a cell's text.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// A text at a row and column, over `span` columns, with a margin in front.
struct LayoutCell {
    row: usize,
    column: usize,
    span: usize,
    text: String,
    margin: &'static str,
    align: Align,
}

/// Cells, put in from left to right and from top to bottom.
#[derive(Default)]
pub(super) struct Layout {
    cells: Vec<LayoutCell>,
    /// Columns that cells over several columns do not widen.
    narrow: Vec<usize>,
    row: usize,
    column: usize,
}

impl Layout {
    pub(super) fn next_row(&mut self) {
        self.row += usize::from(!self.cells.is_empty());
        self.column = 0;
    }

    pub(super) fn go_to(&mut self, column: usize) {
        self.column = column;
    }

    pub(super) fn put(&mut self, text: String, align: Align) {
        // The first cell of a row and an empty one have no space in front.
        let margin = if self.column == 0 || text.is_empty() {
            ""
        } else {
            " "
        };
        self.put_wide(1, text, align, margin);
    }

    /// Puts a cell over several columns, with a margin of its own in front.
    pub(super) fn put_wide(
        &mut self,
        span: usize,
        text: String,
        align: Align,
        margin: &'static str,
    ) {
        self.cells.push(LayoutCell {
            row: self.row,
            column: self.column,
            span,
            text,
            margin,
            align,
        });
        self.column += span;
    }

    pub(super) fn keep_narrow(&mut self, columns: std::ops::Range<usize>) {
        self.narrow.extend(columns);
    }

    /// All rows, each with a newline at its end.
    pub(super) fn text(&self) -> String {
        let ends = self.cells.iter().map(|cell| cell.column + cell.span);
        let count = ends.max().unwrap_or(0);
        let mut margins = vec![0; count];
        for cell in &self.cells {
            let margin = &mut margins[cell.column];
            *margin = width(cell.margin).max(*margin);
        }
        let widths = self.widths(&margins);
        let mut starts = vec![0];
        starts.extend(widths.iter().scan(0, |end, width| {
            *end += width;
            Some(*end)
        }));

        let mut text = String::new();
        let (mut row, mut at) = (0, 0);
        for cell in &self.cells {
            if cell.text.trim().is_empty() && cell.margin.trim().is_empty() {
                continue; // It would only add spaces to the end of a line.
            }
            while row < cell.row {
                text.push('\n');
                row += 1;
                at = 0;
            }
            let margin = margins[cell.column];
            let gap = starts[cell.column] - at;
            push_spaces(&mut text, gap);
            push_spaces(&mut text, margin - width(cell.margin));
            text.push_str(cell.margin);
            let room = starts[cell.column + cell.span] - starts[cell.column] - margin;
            let own = width(&cell.text);
            let (before, after) = match cell.align {
                Align::Left => (0, 0),
                Align::Centre => ((room - own) / 2, 0),
                // Go's `%*s` aligns to the left if the width is negative.
                Align::Right if room < 0 => (0, (-room - own).max(0)),
                Align::Right => ((room - own).max(0), 0),
            };
            let before = push_spaces(&mut text, before);
            text.push_str(&cell.text);
            let after = push_spaces(&mut text, after);
            at += gap + margin + before + own + after;
        }
        if !self.cells.is_empty() {
            text.push('\n');
        }
        text
    }

    /// How wide each column must be, its margin included.
    fn widths(&self, margins: &[isize]) -> Vec<isize> {
        let mut widths = vec![0; margins.len()];
        let mut cells: Vec<_> = self.cells.iter().collect();
        cells.sort_by_key(|cell| cell.span);
        for cell in cells {
            let needed = width(&cell.text) + margins[cell.column];
            let columns = cell.column..cell.column + cell.span;
            if cell.span == 1 {
                let own = &mut widths[cell.column];
                *own = needed.max(*own);
            } else if widths[columns.clone()].iter().sum::<isize>() < needed {
                self.widen(&mut widths, columns, needed);
            }
        }
        widths
    }

    /// Makes columns as wide as is needed together, and as even as they can be.
    fn widen(&self, widths: &mut [isize], columns: std::ops::Range<usize>, needed: isize) {
        let (narrow, mut wide): (Vec<_>, Vec<_>) =
            columns.partition(|column| self.narrow.contains(column));
        let mut left = needed - narrow.iter().map(|column| widths[*column]).sum::<isize>();
        // A column that is wider than its share already reduces the share of the others.
        wide.sort_by_key(|column| -widths[*column]);
        for (i, column) in wide.iter().enumerate() {
            let sharing = (wide.len() - i) as isize;
            // Rust and Go both truncate a negative quotient towards 0.
            let share = (left + sharing - 1) / sharing;
            widths[*column] = share.max(widths[*column]);
            left -= widths[*column];
        }
    }
}

fn width(text: &str) -> isize {
    text.chars().count() as isize
}

/// Appends `count` spaces, or `-count` if it is negative, and returns how many. If a text is wider than
/// its narrow columns, the gap before the next cell is negative; Go's padding takes its absolute
/// value, and so do the tables.
fn push_spaces(text: &mut String, count: isize) -> isize {
    text.extend(std::iter::repeat_n(' ', count.unsigned_abs()));
    count.abs()
}
