//! The samples of a profile, in a few arrays instead of one allocation each: large profiles have
//! millions of samples.

use super::StringId;

/// All samples of a profile, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    /// The number of values of each sample.
    width: usize,
    /// The stacks of all samples, one behind the other.
    stacks: Vec<u32>,
    /// The index in `stacks` behind each sample's stack.
    stack_ends: Vec<u32>,
    /// The values of all samples, `width` for each.
    values: Vec<i64>,
    /// The labels of all samples, one sample behind the other.
    labels: Vec<Label>,
    /// The index in `labels` behind each sample's labels.
    label_ends: Vec<u32>,
}

/// A call stack with its values and labels.
///
/// # Examples
///
/// ```
/// let profile = repool_pprof::Profile::open("tests/data/orders.pb.gz")?;
/// let types = profile.sample_types().len();
/// assert!(profile.samples().all(|sample| sample.values.len() == types));
/// # Ok::<(), repool_pprof::ReadError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample<'a> {
    /// The stack: indices into [`Profile::locations`](crate::Profile::locations), the innermost
    /// location first.
    pub locations: &'a [u32],
    /// One value for each of [`Profile::sample_types`](crate::Profile::sample_types).
    pub values: &'a [i64],
    /// The labels, in the file's order.
    pub labels: &'a [Label],
}

/// A label of a sample: additional data, for instance the size of the allocated blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Label {
    /// The label's name.
    pub key: StringId,
    /// The label's value.
    pub value: LabelValue,
}

/// The value of a [`Label`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LabelValue {
    /// A string.
    Text(StringId),
    /// A number and its unit. The unit may be the empty string.
    Number(i64, StringId),
}

impl Samples {
    /// An empty list of samples with `width` values each.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }

    /// Reserves memory for exactly this many samples, and for this many entries of their stacks,
    /// values and labels together.
    pub(super) fn reserve(&mut self, samples: usize, stacks: usize, values: usize, labels: usize) {
        self.stacks.reserve_exact(stacks);
        self.stack_ends.reserve_exact(samples);
        self.values.reserve_exact(values);
        self.labels.reserve_exact(labels);
        self.label_ends.reserve_exact(samples);
    }

    /// The number of values of each sample.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The number of samples.
    pub(crate) fn len(&self) -> usize {
        self.stack_ends.len()
    }

    /// Adds a sample.
    ///
    /// # Panics
    ///
    /// If the number of values is not [`width`](Self::width).
    pub(crate) fn push(&mut self, locations: &[u32], values: &[i64], labels: &[Label]) {
        self.stacks.extend_from_slice(locations);
        self.values.extend_from_slice(values);
        self.labels.extend_from_slice(labels);
        assert_eq!(self.close(), Ok(()), "a value for each sample type");
    }

    /// Appends a location to the stack of the sample that the next call of [`close`](Self::close)
    /// adds.
    pub(super) fn push_location(&mut self, location: u32) {
        self.stacks.push(location);
    }

    /// Appends a value to the sample that the next call of [`close`](Self::close) adds.
    pub(super) fn push_value(&mut self, value: i64) {
        self.values.push(value);
    }

    /// Appends a label to the sample that the next call of [`close`](Self::close) adds.
    pub(super) fn push_label(&mut self, label: Label) {
        self.labels.push(label);
    }

    /// Adds the sample whose parts were pushed since the last one. If the number of values is not
    /// [`width`](Self::width), returns it as the error; the list must not be used then.
    pub(super) fn close(&mut self) -> Result<(), usize> {
        let values = self.values.len() - self.len() * self.width;
        if values != self.width {
            return Err(values);
        }
        self.stack_ends.push(end(&self.stacks));
        self.label_ends.push(end(&self.labels));
        Ok(())
    }

    /// The sample with this index.
    pub(crate) fn get(&self, at: usize) -> Sample<'_> {
        let start = |ends: &[u32]| at.checked_sub(1).map_or(0, |before| ends[before] as usize);
        Sample {
            locations: &self.stacks[start(&self.stack_ends)..self.stack_ends[at] as usize],
            values: &self.values[at * self.width..][..self.width],
            labels: &self.labels[start(&self.label_ends)..self.label_ends[at] as usize],
        }
    }

    /// All samples, in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// The values of all samples, [`width`](Self::width) for each.
    pub(crate) fn values_mut(&mut self) -> &mut [i64] {
        &mut self.values
    }

    /// Replaces the values of each sample by its values with these indices, in this order.
    pub(crate) fn choose_values(&mut self, indices: &[usize]) {
        let chosen = self
            .values
            .chunks_exact(self.width)
            .flat_map(|values| indices.iter().map(|index| values[*index]))
            .collect();
        self.values = chosen;
        self.width = indices.len();
    }

    /// Removes the samples for which `keep` returns `None`. If it returns `Some(n)`, removes the `n`
    /// innermost locations of the sample's stack.
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
            // The destination is never behind the source, so no sample is overwritten before it is
            // read.
            self.stacks.copy_within(stack, stacks);
            self.labels.copy_within(label, labels);
            self.values.copy_within(values, kept * self.width);
            stacks += stack_len;
            labels += label_len;
            self.stack_ends[kept] = index(stacks);
            self.label_ends[kept] = index(labels);
            kept += 1;
        }
        self.stacks.truncate(stacks);
        self.stack_ends.truncate(kept);
        self.values.truncate(kept * self.width);
        self.labels.truncate(labels);
        self.label_ends.truncate(kept);
    }

    /// Replaces the stack of each sample: `rewrite` gets the old stack, and appends the new one to an
    /// empty list.
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

    /// Replaces the strings that samples have for the label `key` by one string, in every sample.
    pub(crate) fn label_all(&mut self, key: StringId, text: StringId) {
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

    /// Returns reserved memory that is not used to the allocator.
    pub(crate) fn shrink(&mut self) {
        self.stacks.shrink_to_fit();
        self.stack_ends.shrink_to_fit();
        self.values.shrink_to_fit();
        self.labels.shrink_to_fit();
        self.label_ends.shrink_to_fit();
    }
}

/// The length of a list as a 32-bit index.
fn end<T>(all: &[T]) -> u32 {
    index(all.len())
}

/// An index with 32 bits.
fn index(at: usize) -> u32 {
    u32::try_from(at).expect("files of 4 GiB and more are not read")
}
