//! Merges profiles: equal mappings, locations and functions become one, and the values of samples
//! with equal stacks and labels are added. `sum` and the subtraction of a base use it.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::{AnalysisError, sample_types};
use crate::profile::Profile;
use crate::profile::{
    Function, Label, LabelValue, Line, Location, Mapping, Samples, StringId, StringRemap,
};

/// Subtracts a base from a profile by adding the base's negated values. With `mark`, the base's
/// samples get the label that makes percentages relative to the base's total.
pub(super) fn subtract(
    newer: &mut Profile,
    mut base: Profile,
    mark: bool,
) -> Result<(), AnalysisError> {
    if mark {
        let key = base.strings.add(super::BASE_LABEL);
        let value = base.strings.add("true");
        base.samples.label_all(key, value);
    }
    let ratios = vec![-1.0; base.sample_types.len()];
    sample_types::scale(&mut base, &ratios);
    *newer = merge_all(&mut [std::mem::take(newer), base])?;
    Ok(())
}

/// Merges profiles, of which there are two at least.
pub(super) fn merge_all(profiles: &mut [Profile]) -> Result<Profile, AnalysisError> {
    sample_types::unify(profiles)?;
    let mut sum = merge(profiles);
    if sum.samples.iter().any(|sample| is_zero(sample.values)) {
        // A second pass removes samples without value, and the entries that only these refer to.
        sum = merge(&[sum]);
    }
    Ok(sum)
}

fn is_zero(values: &[i64]) -> bool {
    values.iter().all(|value| *value == 0)
}

fn merge(profiles: &[Profile]) -> Profile {
    let mut merger = Merger::default();
    merger.add_head(profiles);
    for profile in profiles {
        merger.add(profile);
    }
    merger.merged
}

/// Identifies a mapping independently of its load address: its size in pages, its offset, and its
/// build id or else its file.
type MappingKey = (u64, u64, StringId);

/// Identifies a location: its mapping, the address relative to the mapping, whether it is folded, its
/// lines, and the column of the last line.
type LocationKey = (Option<u32>, u64, bool, Vec<(u32, i64)>, i64);

/// Identifies a sample: its stack and its labels.
type SampleKey = (Box<[u32]>, Box<[Label]>);

/// A merged profile, with the index of each of its entries.
#[derive(Default)]
struct Merger {
    merged: Profile,
    mappings: HashMap<MappingKey, u32>,
    locations: HashMap<LocationKey, u32>,
    functions: IndexSet<Function>,
    samples: HashMap<SampleKey, usize>,
}

/// Maps the indices of a profile that is being added to those in the merged profile. `None` for
/// entries that no sample has referred to yet.
struct IndexRemap {
    strings: StringRemap,
    mappings: Vec<Option<u32>>,
    locations: Vec<Option<u32>>,
    functions: Vec<Option<u32>>,
}

impl Merger {
    /// Merges everything but samples, mappings, locations and functions.
    fn add_head(&mut self, profiles: &[Profile]) {
        let merged = &mut self.merged;
        let first = &profiles[0];
        merged.samples = Samples::new(first.sample_types.len());
        let strings = merged.strings.add_all(&first.strings);
        let remapped = |mut value: crate::profile::ValueType| {
            value.kind = strings.of(value.kind);
            value.unit = strings.of(value.unit);
            value
        };
        merged.sample_types = first.sample_types.iter().copied().map(remapped).collect();
        merged.period_type = first.period_type.map(remapped);
        merged.drop_frames = strings.of(first.drop_frames);
        merged.keep_frames = strings.of(first.keep_frames);
        merged.has_allocator_frames = first.has_allocator_frames;
        merged.lost_samples = profiles
            .iter()
            .fold(0, |sum, profile| profile.lost_samples.saturating_add(sum));
        let mut comments = IndexSet::new();
        for profile in profiles {
            let strings = merged.strings.add_all(&profile.strings);
            if merged.time_nanos == 0 || profile.time_nanos < merged.time_nanos {
                merged.time_nanos = profile.time_nanos;
            }
            merged.duration_nanos = merged.duration_nanos.wrapping_add(profile.duration_nanos);
            if merged.period == 0 || merged.period < profile.period {
                merged.period = profile.period;
            }
            comments.extend(profile.comments.iter().map(|comment| strings.of(*comment)));
            if merged.default_sample_type.is_empty() {
                merged.default_sample_type = strings.of(profile.default_sample_type);
            }
            if merged.doc_url.is_empty() {
                merged.doc_url = strings.of(profile.doc_url);
            }
        }
        merged.comments = comments.into_iter().collect();
    }

    /// Adds the samples of a profile.
    fn add(&mut self, profile: &Profile) {
        let mut remap = IndexRemap {
            strings: self.merged.strings.add_all(&profile.strings),
            mappings: vec![None; profile.mappings.len()],
            locations: vec![None; profile.locations.len()],
            functions: vec![None; profile.functions.len()],
        };
        // The first mapping is the program's, and must remain the first.
        if self.mappings.is_empty() && !profile.mappings.is_empty() {
            self.mapping(profile, 0, &mut remap);
        }
        let mut stack = Vec::new();
        for sample in profile.samples() {
            if is_zero(sample.values) {
                continue;
            }
            stack.clear();
            for location in sample.locations {
                stack.push(self.location(profile, *location, &mut remap));
            }
            let labels = labels(sample.labels, &remap.strings);
            let key = (Box::from(&*stack), Box::from(&*labels));
            let width = self.merged.samples.width();
            match self.samples.get(&key) {
                Some(at) => {
                    let sums = &mut self.merged.samples.values_mut()[at * width..][..width];
                    for (sum, value) in sums.iter_mut().zip(sample.values) {
                        *sum = sum.wrapping_add(*value);
                    }
                }
                None => {
                    self.samples.insert(key, self.merged.samples.len());
                    self.merged.samples.push(&stack, sample.values, &labels);
                }
            }
        }
    }

    /// The index of a mapping in the merged profile, to which it is added if it is new.
    fn mapping(&mut self, profile: &Profile, at: u32, remap: &mut IndexRemap) -> u32 {
        if let Some(index) = remap.mappings[at as usize] {
            return index;
        }
        let mapping = profile.mappings[at as usize];
        let mapping = Mapping {
            file: remap.strings.of(mapping.file),
            build_id: remap.strings.of(mapping.build_id),
            ..mapping
        };
        let pages = mapping
            .limit
            .wrapping_sub(mapping.start)
            .wrapping_add(0xfff)
            / 0x1000;
        let name = match mapping.build_id.is_empty() {
            true => mapping.file,
            false => mapping.build_id,
        };
        let new = self.merged.mappings.len() as u32;
        let index = *self
            .mappings
            .entry((pages, mapping.offset, name))
            .or_insert(new);
        if index == new {
            self.merged.mappings.push(mapping);
        }
        remap.mappings[at as usize] = Some(index);
        index
    }

    /// The index of a location in the merged profile, to which it is added if it is new.
    fn location(&mut self, profile: &Profile, at: u32, remap: &mut IndexRemap) -> u32 {
        if let Some(index) = remap.locations[at as usize] {
            return index;
        }
        let location = profile.locations[at as usize];
        let mapping = location
            .mapping
            .map(|mapping| self.mapping(profile, mapping, remap));
        // The mapping may have another load address in the merged profile.
        let offset = match location.mapping {
            Some(own) => location
                .address
                .wrapping_sub(profile.mappings[own as usize].start),
            None => location.address,
        };
        let start = mapping.map_or(0, |mapping| self.merged.mappings[mapping as usize].start);
        let lines: Vec<Line> = profile
            .lines(at)
            .iter()
            .map(|line| Line {
                function: self.function(profile, line.function, remap),
                ..*line
            })
            .collect();
        let key = (
            mapping,
            offset,
            location.is_folded,
            lines
                .iter()
                .map(|line| (line.function, line.line))
                .collect(),
            lines.last().map_or(0, |line| line.column),
        );
        let new = self.merged.locations.len() as u32;
        let index = *self.locations.entry(key).or_insert(new);
        if index == new {
            let lines_start = self.merged.lines.len() as u32;
            self.merged.lines.extend(lines);
            self.merged.locations.push(Location {
                mapping,
                address: offset.wrapping_add(start),
                lines_start,
                lines_end: self.merged.lines.len() as u32,
                is_folded: location.is_folded,
            });
        }
        remap.locations[at as usize] = Some(index);
        index
    }

    /// The index of a function in the merged profile, to which it is added if it is new.
    fn function(&mut self, profile: &Profile, at: u32, remap: &mut IndexRemap) -> u32 {
        if let Some(index) = remap.functions[at as usize] {
            return index;
        }
        let function = profile.functions[at as usize];
        let function = Function {
            name: remap.strings.of(function.name),
            system_name: remap.strings.of(function.system_name),
            file: remap.strings.of(function.file),
            ..function
        };
        let (index, is_new) = self.functions.insert_full(function);
        if is_new {
            self.merged.functions.push(function);
        }
        remap.functions[at as usize] = Some(index as u32);
        index as u32
    }
}

/// The labels in a canonical order, so that equal sets of labels are equal lists. Labels of one
/// name keep their order.
fn labels(labels: &[Label], strings: &StringRemap) -> Vec<Label> {
    let remapped = |label: &Label| Label {
        key: strings.of(label.key),
        value: match label.value {
            LabelValue::Text(text) => LabelValue::Text(strings.of(text)),
            LabelValue::Number(number, unit) => LabelValue::Number(number, strings.of(unit)),
        },
    };
    let mut labels: Vec<Label> = labels.iter().map(remapped).collect();
    labels.sort_by_key(|label| (matches!(label.value, LabelValue::Number(..)), label.key));
    labels
}
