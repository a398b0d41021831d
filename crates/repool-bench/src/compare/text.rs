//! Tables as text, byte for byte as benchstat prints them.

use super::layout::{Align, Layout};
use super::scale::Scale;
use super::table::{Cell, Change, Row, Table};

/// The columns of each input: centre, interval and notes.
const CENTRE_COLUMNS: usize = 3;
/// Further columns of each input but the first: change, probability and notes.
const CHANGE_COLUMNS: usize = 3;

const BAR: &str = " │ ";
const LAST_BAR: &str = " │";

/// All tables. The lines of the configuration that change are in front of each.
pub(super) fn text(tables: &[Table]) -> String {
    let mut text = String::new();
    let mut shown: Option<&Table> = None;
    for table in tables {
        if shown.is_some() {
            text.push('\n');
        }
        for (i, (key, value)) in table.config.iter().enumerate() {
            if shown.is_none_or(|shown| shown.config[i].1 != *value) {
                text.push_str(&format!("{key}: {value}\n"));
            }
        }
        shown = Some(table);
        text.push_str(&text_of(table));
    }
    text
}

fn text_of(table: &Table) -> String {
    let mut layout = Layout::default();
    let mut notes = Notes::default();
    put_header(&mut layout, table);
    for row in &table.rows {
        put_row(&mut layout, &mut notes, table, row);
    }
    if table.rows.len() > 1 {
        put_geomeans(&mut layout, &mut notes, table);
    }
    layout.text() + &notes.text()
}

/// The first column of an input.
fn first_of(input: usize) -> usize {
    match input {
        0 => 1,
        _ => 1 + CENTRE_COLUMNS + (input - 1) * (CENTRE_COLUMNS + CHANGE_COLUMNS),
    }
}

fn put_header(layout: &mut Layout, table: &Table) {
    let inputs = table.columns.len();
    let end = first_of(inputs + 1);
    layout.next_row();
    for (input, label) in table.columns.iter().enumerate() {
        let (from, to) = (first_of(input), first_of(input + 1));
        layout.go_to(from);
        layout.put_wide(to - from, label.clone(), Align::Centre, BAR);
    }
    layout.go_to(end);
    layout.put_wide(1, String::new(), Align::Left, LAST_BAR);

    layout.next_row();
    for input in 0..inputs {
        let (from, to) = (first_of(input), first_of(input + 1));
        layout.go_to(from);
        layout.put_wide(CENTRE_COLUMNS, table.unit.clone(), Align::Centre, BAR);
        if input > 0 {
            layout.put_wide(CHANGE_COLUMNS, "vs base".into(), Align::Left, "  ");
        }
        layout.keep_narrow(from + 1..to);
    }
    layout.go_to(end);
    layout.put_wide(1, String::new(), Align::Left, LAST_BAR);
}

fn put_row(layout: &mut Layout, notes: &mut Notes, table: &Table, row: &Row) {
    let cells = || row.cells.iter().enumerate();
    let centres = cells().filter_map(|(_, cell)| Some(cell.as_ref()?.centre));
    let scale = Scale::of(centres, &table.unit);
    layout.next_row();
    layout.put(row.name.clone(), Align::Left);
    for (input, cell) in cells() {
        let Some(cell) = cell else { continue };
        layout.go_to(first_of(input));
        layout.put(scale.text(cell.centre), Align::Right);
        layout.put_wide(1, range(cell), Align::Right, " ± ");
        layout.put(notes.marks(&cell.notes), Align::Left);
        if let Some(change) = &cell.change {
            layout.put(difference(change), Align::Right);
            layout.put(chance(change, cell.n), Align::Left);
            layout.put(notes.marks(&change.notes), Align::Left);
        }
    }
}

fn put_geomeans(layout: &mut Layout, notes: &mut Notes, table: &Table) {
    layout.next_row();
    layout.put("geomean".into(), Align::Left);
    for (input, geomean) in table.geomeans.iter().enumerate() {
        if let Some(centre) = geomean.centre {
            layout.go_to(first_of(input));
            let scale = Scale::of([centre], &table.unit);
            layout.put(scale.text(centre), Align::Right);
        }
        if input > 0 {
            layout.go_to(first_of(input) + CENTRE_COLUMNS);
            match geomean.percent {
                Some(percent) => layout.put(format!("{percent:+.2}%"), Align::Right),
                None => layout.put("?".into(), Align::Left),
            }
        }
        layout.go_to(first_of(input + 1) - 1);
        layout.put(notes.marks(&geomean.notes), Align::Left);
    }
}

/// How far the bounds are from the centre: the farther one.
fn range(cell: &Cell) -> String {
    let (Some(low), Some(high)) = (cell.low, cell.high) else {
        return "∞".into();
    };
    let centre = cell.centre;
    let sign = |x: f64| (x > 0.0, x < 0.0);
    if sign(low) != sign(centre) || sign(high) != sign(centre) {
        return "?".into(); // A bound of another sign is no share of the centre.
    }
    if centre == 0.0 {
        return "0%".into();
    }
    let share = (high / centre - 1.0).max(1.0 - low / centre);
    format!("{:.0}%", 100.0 * share)
}

fn difference(change: &Change) -> String {
    match change.percent {
        _ if !change.significant => "~".into(),
        None => "?".into(),
        Some(0.0) => "0.00%".into(),
        Some(percent) => format!("{percent:+.2}%"),
    }
}

fn chance(change: &Change, n: usize) -> String {
    let (base_n, p) = (change.base_n, change.p);
    let p = match p {
        0.0 => String::new(),
        p => format!("p={p:.3} "),
    };
    if base_n == n {
        format!("({p}n={n})")
    } else {
        format!("({p}n={base_n}+{n})")
    }
}

/// The notes below a table, each once.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    /// The marks of `notes` in a cell: their numbers below the table.
    fn marks(&mut self, notes: &[String]) -> String {
        let marks = notes.iter().map(|note| {
            let known = self.0.iter().position(|known| known == note);
            superscript(
                1 + known.unwrap_or_else(|| {
                    self.0.push(note.clone());
                    self.0.len() - 1
                }),
            )
        });
        marks.collect::<Vec<_>>().join(" ")
    }

    fn text(&self) -> String {
        let lines = self.0.iter().enumerate();
        lines
            .map(|(i, note)| format!("{} {note}\n", superscript(i + 1)))
            .collect()
    }
}

fn superscript(number: usize) -> String {
    let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let text = number.to_string();
    text.bytes()
        .map(|digit| digits[usize::from(digit - b'0')])
        .collect()
}
