//! Profiles become one: what is the same in several is there once, and the values of stacks that are
//! the same are added up.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::{ReportError, sample_types};
use crate::Profile;
use crate::profile::{
    Function, Label, LabelValue, Line, Location, Mapping, Samples, Text, Translation,
};

/// Takes a base off a profile: the base's values become negative. With `mark`, its samples get the
/// label that makes shares be of its total.
pub(super) fn subtract(
    newer: &mut Profile,
    mut base: Profile,
    mark: bool,
) -> Result<(), ReportError> {
    if mark {
        let key = base.texts.add(super::BASE_LABEL);
        let text = base.texts.add("true");
        base.samples.label_all(key, text);
    }
    let minus = vec![-1.0; base.sample_types.len()];
    sample_types::scale(&mut base, &minus);
    *newer = add_up(&mut [std::mem::take(newer), base])?;
    Ok(())
}

/// The sum of profiles, two at least: the values of stacks that are the same are added up.
pub(super) fn add_up(profiles: &mut [Profile]) -> Result<Profile, ReportError> {
    sample_types::unify(profiles)?;
    let mut sum = merge(profiles);
    if sum.samples.iter().any(|sample| is_zero(sample.values)) {
        // And so is dropped what only they referred to.
        sum = merge(&[sum]);
    }
    Ok(sum)
}

fn is_zero(values: &[i64]) -> bool {
    values.iter().all(|value| *value == 0)
}

fn merge(profiles: &[Profile]) -> Profile {
    let mut merger = Merger::default();
    merger.head(profiles);
    for profile in profiles {
        merger.add(profile);
    }
    merger.out
}

/// What tells a mapping from others, wherever it was loaded: its size in pages, its offset, and its
/// build id or else its file.
type MappingKey = (u64, u64, Text);

/// What tells a location from others: its mapping, its address therein, whether it is folded, its
/// lines, and the column of the last.
type LocationKey = (Option<u32>, u64, bool, Vec<(u32, i64)>, i64);

/// What tells a sample from others: its stack and its labels.
type SampleKey = (Box<[u32]>, Box<[Label]>);

#[derive(Default)]
struct Merger {
    out: Profile,
    mappings: HashMap<MappingKey, u32>,
    locations: HashMap<LocationKey, u32>,
    functions: IndexSet<Function>,
    samples: HashMap<SampleKey, usize>,
}

/// Where the entries of a profile that is added are in the whole, as far as they were needed.
struct Places {
    texts: Translation,
    mappings: Vec<Option<u32>>,
    locations: Vec<Option<u32>>,
    functions: Vec<Option<u32>>,
}

impl Merger {
    /// What is said about profiles as a whole.
    fn head(&mut self, profiles: &[Profile]) {
        let out = &mut self.out;
        let first = &profiles[0];
        out.samples = Samples::new(first.sample_types.len());
        let texts = out.texts.add_all(&first.texts);
        let translate = |mut value: crate::profile::ValueType| {
            value.kind = texts.of(value.kind);
            value.unit = texts.of(value.unit);
            value
        };
        out.sample_types = first.sample_types.iter().copied().map(translate).collect();
        out.period_type = first.period_type.map(translate);
        out.drop_frames = texts.of(first.drop_frames);
        out.keep_frames = texts.of(first.keep_frames);
        out.has_allocator_frames = first.has_allocator_frames;
        let mut comments = IndexSet::new();
        for profile in profiles {
            let texts = out.texts.add_all(&profile.texts);
            if out.time_nanos == 0 || profile.time_nanos < out.time_nanos {
                out.time_nanos = profile.time_nanos;
            }
            out.duration_nanos = out.duration_nanos.wrapping_add(profile.duration_nanos);
            if out.period == 0 || out.period < profile.period {
                out.period = profile.period;
            }
            comments.extend(profile.comments.iter().map(|comment| texts.of(*comment)));
            if out.default_sample_type.is_empty() {
                out.default_sample_type = texts.of(profile.default_sample_type);
            }
            if out.doc_url.is_empty() {
                out.doc_url = texts.of(profile.doc_url);
            }
        }
        out.comments = comments.into_iter().collect();
    }

    fn add(&mut self, profile: &Profile) {
        let mut places = Places {
            texts: self.out.texts.add_all(&profile.texts),
            mappings: vec![None; profile.mappings.len()],
            locations: vec![None; profile.locations.len()],
            functions: vec![None; profile.functions.len()],
        };
        // The first mapping is the program's, and stays the first.
        if self.mappings.is_empty() && !profile.mappings.is_empty() {
            self.mapping(profile, 0, &mut places);
        }
        let mut stack = Vec::new();
        for sample in profile.samples() {
            if is_zero(sample.values) {
                continue;
            }
            stack.clear();
            for location in sample.locations {
                stack.push(self.location(profile, *location, &mut places));
            }
            let labels = labels(sample.labels, &places.texts);
            let key = (Box::from(&*stack), Box::from(&*labels));
            let width = self.out.samples.width();
            match self.samples.get(&key) {
                Some(at) => {
                    let sums = &mut self.out.samples.values_mut()[at * width..][..width];
                    for (sum, value) in sums.iter_mut().zip(sample.values) {
                        *sum = sum.wrapping_add(*value);
                    }
                }
                None => {
                    self.samples.insert(key, self.out.samples.len());
                    self.out.samples.push(&stack, sample.values, &labels);
                }
            }
        }
    }

    fn mapping(&mut self, profile: &Profile, at: u32, places: &mut Places) -> u32 {
        if let Some(place) = places.mappings[at as usize] {
            return place;
        }
        let mapping = profile.mappings[at as usize];
        let mapping = Mapping {
            file: places.texts.of(mapping.file),
            build_id: places.texts.of(mapping.build_id),
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
        let new = self.out.mappings.len() as u32;
        let place = *self
            .mappings
            .entry((pages, mapping.offset, name))
            .or_insert(new);
        if place == new {
            self.out.mappings.push(mapping);
        }
        places.mappings[at as usize] = Some(place);
        place
    }

    fn location(&mut self, profile: &Profile, at: u32, places: &mut Places) -> u32 {
        if let Some(place) = places.locations[at as usize] {
            return place;
        }
        let location = profile.locations[at as usize];
        let mapping = location
            .mapping
            .map(|mapping| self.mapping(profile, mapping, places));
        // The same place, relative to where the mapping is in the whole.
        let offset = match location.mapping {
            Some(own) => location
                .address
                .wrapping_sub(profile.mappings[own as usize].start),
            None => location.address,
        };
        let start = mapping.map_or(0, |mapping| self.out.mappings[mapping as usize].start);
        let lines: Vec<Line> = profile
            .lines(at)
            .iter()
            .map(|line| Line {
                function: self.function(profile, line.function, places),
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
        let new = self.out.locations.len() as u32;
        let place = *self.locations.entry(key).or_insert(new);
        if place == new {
            let lines_start = self.out.lines.len() as u32;
            self.out.lines.extend(lines);
            self.out.locations.push(Location {
                mapping,
                address: offset.wrapping_add(start),
                lines_start,
                lines_end: self.out.lines.len() as u32,
                is_folded: location.is_folded,
            });
        }
        places.locations[at as usize] = Some(place);
        place
    }

    fn function(&mut self, profile: &Profile, at: u32, places: &mut Places) -> u32 {
        if let Some(place) = places.functions[at as usize] {
            return place;
        }
        let function = profile.functions[at as usize];
        let function = Function {
            name: places.texts.of(function.name),
            system_name: places.texts.of(function.system_name),
            file: places.texts.of(function.file),
            ..function
        };
        let (place, is_new) = self.functions.insert_full(function);
        if is_new {
            self.out.functions.push(function);
        }
        places.functions[at as usize] = Some(place as u32);
        place as u32
    }
}

/// The labels in an order that is the same for the same labels. Those of one name keep theirs.
fn labels(labels: &[Label], texts: &Translation) -> Vec<Label> {
    let translate = |label: &Label| Label {
        key: texts.of(label.key),
        value: match label.value {
            LabelValue::Text(text) => LabelValue::Text(texts.of(text)),
            LabelValue::Number(number, unit) => LabelValue::Number(number, texts.of(unit)),
        },
    };
    let mut labels: Vec<Label> = labels.iter().map(translate).collect();
    labels.sort_by_key(|label| (matches!(label.value, LabelValue::Number(..)), label.key));
    labels
}
