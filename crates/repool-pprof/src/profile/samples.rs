use super::Text;

/// Stacks and their values, in few pieces of memory: large profiles have millions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    /// How many values each has.
    width: usize,
    stacks: Vec<u32>,
    /// Where each one's stack ends in `stacks`.
    stack_ends: Vec<u32>,
    values: Vec<i64>,
    labels: Vec<Label>,
    /// Where each one's labels end in `labels`.
    label_ends: Vec<u32>,
}

/// A stack and its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// Places of locations, the innermost first.
    pub locations: &'a [u32],
    /// One for each sample type.
    pub values: &'a [i64],
    /// What else is known.
    pub labels: &'a [Label],
}

/// A remark about a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Its name.
    pub key: Text,
    /// What it says.
    pub value: LabelValue,
}

/// What a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LabelValue {
    /// A text.
    Text(Text),
    /// A number and its unit, which may be empty.
    Number(i64, Text),
}

impl Samples {
    /// None yet, of so many values each.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }

    /// Makes room for exactly so many.
    pub(super) fn reserve(&mut self, samples: usize, stacks: usize, values: usize, labels: usize) {
        self.stacks.reserve_exact(stacks);
        self.stack_ends.reserve_exact(samples);
        self.values.reserve_exact(values);
        self.labels.reserve_exact(labels);
        self.label_ends.reserve_exact(samples);
    }

    /// How many values each has.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.stack_ends.len()
    }

    /// Adds one.
    ///
    /// # Panics
    ///
    /// If it has another number of values.
    pub(crate) fn push(&mut self, locations: &[u32], values: &[i64], labels: &[Label]) {
        self.stacks.extend_from_slice(locations);
        self.values.extend_from_slice(values);
        self.labels.extend_from_slice(labels);
        assert_eq!(self.close(), Ok(()), "a value for each sample type");
    }

    /// Adds a location, after those of the one that [`close`](Self::close) will add.
    pub(super) fn push_location(&mut self, location: u32) {
        self.stacks.push(location);
    }

    /// Adds a value, after those of the one that [`close`](Self::close) will add.
    pub(super) fn push_value(&mut self, value: i64) {
        self.values.push(value);
    }

    /// Adds a label, after those of the one that [`close`](Self::close) will add.
    pub(super) fn push_label(&mut self, label: Label) {
        self.labels.push(label);
    }

    /// Adds one of what was pushed since the one before it. If that has another number of values
    /// than it must, the error is which; the samples are of no use then.
    pub(super) fn close(&mut self) -> Result<(), usize> {
        let values = self.values.len() - self.len() * self.width;
        if values != self.width {
            return Err(values);
        }
        self.stack_ends.push(end(&self.stacks));
        self.label_ends.push(end(&self.labels));
        Ok(())
    }

    /// The one at that place.
    pub(crate) fn get(&self, at: usize) -> Sample<'_> {
        let start = |ends: &[u32]| at.checked_sub(1).map_or(0, |before| ends[before] as usize);
        Sample {
            locations: &self.stacks[start(&self.stack_ends)..self.stack_ends[at] as usize],
            values: &self.values[at * self.width..][..self.width],
            labels: &self.labels[start(&self.label_ends)..self.label_ends[at] as usize],
        }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// The values of all, one sample's after the other's.
    pub(crate) fn values_mut(&mut self) -> &mut [i64] {
        &mut self.values
    }

    /// Keeps of each sample those values, in that order.
    pub(crate) fn choose_values(&mut self, places: &[usize]) {
        let chosen = self
            .values
            .chunks_exact(self.width)
            .flat_map(|values| places.iter().map(|place| values[*place]))
            .collect();
        self.values = chosen;
        self.width = places.len();
    }

    /// Drops the samples for which `keep` says `None`, and so many of the innermost frames of the
    /// others.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(Sample<'_>) -> Option<usize>) {
        let (mut kept, mut stacks, mut labels) = (0, 0, 0);
        let (mut stack_start, mut label_start) = (0, 0);
        for at in 0..self.len() {
            let stack = stack_start..self.stack_ends[at] as usize;
            let label = label_start..self.label_ends[at] as usize;
            let values = at * self.width..(at + 1) * self.width;
            (stack_start, label_start) = (stack.end, label.end);
            let cut = keep(Sample {
                locations: &self.stacks[stack.clone()],
                values: &self.values[values.clone()],
                labels: &self.labels[label.clone()],
            });
            let Some(cut) = cut else { continue };
            let stack = stack.start + cut..stack.end;
            let (stack_len, label_len) = (stack.len(), label.len());
            // What is kept only ever moves to the front, past what was looked at.
            self.stacks.copy_within(stack, stacks);
            self.labels.copy_within(label, labels);
            self.values.copy_within(values, kept * self.width);
            stacks += stack_len;
            labels += label_len;
            self.stack_ends[kept] = place(stacks);
            self.label_ends[kept] = place(labels);
            kept += 1;
        }
        self.stacks.truncate(stacks);
        self.stack_ends.truncate(kept);
        self.values.truncate(kept * self.width);
        self.labels.truncate(labels);
        self.label_ends.truncate(kept);
    }

    /// Gives each sample another stack: `rewrite` is given the old one, and appends the new one to
    /// an empty list.
    pub(crate) fn rewrite_stacks(&mut self, mut rewrite: impl FnMut(&[u32], &mut Vec<u32>)) {
        let all = std::mem::take(&mut self.stacks);
        let mut stack = Vec::new();
        let mut start = 0;
        for stack_end in &mut self.stack_ends {
            let old = &all[start..*stack_end as usize];
            start = *stack_end as usize;
            stack.clear();
            rewrite(old, &mut stack);
            self.stacks.extend_from_slice(&stack);
            *stack_end = end(&self.stacks);
        }
    }

    /// Gives all samples one text for that label.
    pub(crate) fn label_all(&mut self, key: Text, text: Text) {
        let all = std::mem::take(&mut self.labels);
        let mut start = 0;
        for label_end in &mut self.label_ends {
            let own = &all[start..*label_end as usize];
            start = *label_end as usize;
            let others = own
                .iter()
                .filter(|label| label.key != key || !matches!(label.value, LabelValue::Text(_)));
            self.labels.extend(others);
            self.labels.push(Label {
                key,
                value: LabelValue::Text(text),
            });
            *label_end = end(&self.labels);
        }
    }

    /// Gives back what was reserved and not used.
    pub(crate) fn shrink(&mut self) {
        self.stacks.shrink_to_fit();
        self.stack_ends.shrink_to_fit();
        self.values.shrink_to_fit();
        self.labels.shrink_to_fit();
        self.label_ends.shrink_to_fit();
    }
}

fn end<T>(all: &[T]) -> u32 {
    place(all.len())
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("files of 4 GiB and more are not read")
}
