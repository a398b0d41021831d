//! Decodes pprof's protocol buffer into a [`Profile`], in three passes: `field_counts` counts the
//! entries, `Decoder::new` reads strings and ids, `Decoder::finish` reads everything else. With the
//! strings and ids known, fields may come in any order, and no entry is kept twice.

use super::error::ReadErrorKind;
use super::field_counts::FieldCounts;
use super::id_table::{IdError, IdTable};
use super::wire::{Field, Message, Value, WireError, WireErrorKind, each};
use super::{
    Function, Label, LabelValue, Line, Location, Mapping, Profile, Samples, StringId, StringTable,
    ValueType, field, lifetimes,
};

/// Decodes a profile that is not compressed.
pub(super) fn decode(data: &[u8]) -> Result<Profile, ReadErrorKind> {
    match Decoder::new(data).and_then(|decoder| decoder.finish(data)) {
        // An interrupted transfer leaves a last field that is longer than the file.
        Err(ReadErrorKind::Wire(error)) if is_truncated(data, error) => {
            Err(ReadErrorKind::Truncated(data.len()))
        }
        outcome => outcome,
    }
}

/// Whether all fields before the error are a profile's, so that the file is a truncated profile and
/// not another format.
fn is_truncated(data: &[u8], error: WireError) -> bool {
    if !matches!(
        error.what,
        WireErrorKind::Truncated | WireErrorKind::TooLong
    ) {
        return false;
    }
    let mut message = Message::new(data);
    let mut is_profile = false;
    while let Ok(Some(field)) = message.field() {
        let is_message = matches!(field.value, Value::Bytes(_));
        is_profile = match field.number {
            field::SAMPLE_TYPE..=field::STRING | field::PERIOD_TYPE | field::LIFETIMES => {
                is_message
            }
            field::DROP_FRAMES..=field::DOC_URL => {
                matches!(field.value, Value::Varint(_)) || field.number == field::COMMENT
            }
            _ => false,
        };
        if !is_profile {
            break;
        }
    }
    is_profile && message.at <= error.at
}

/// The strings and ids of a file, which the last pass refers to.
struct Decoder {
    profile: Profile,
    /// Strings by their indices in the file.
    strings: Vec<StringId>,
    mappings: IdTable,
    locations: IdTable,
    functions: IdTable,
}

impl Decoder {
    /// Reads strings and ids.
    fn new(data: &[u8]) -> Result<Self, ReadErrorKind> {
        let counts = FieldCounts::of(data)?;
        if counts.is_concatenated {
            return Err(wrong("it is several concatenated profiles"));
        }
        if counts.sample_types == 0 {
            return Err(wrong("it has no sample types"));
        }
        let mut all_strings = StringTable::default();
        all_strings.reserve(counts.string_bytes);
        let mut strings = Vec::with_capacity(counts.strings);
        let mut mappings = IdTable::new(counts.mappings);
        let mut locations = IdTable::new(counts.locations);
        let mut functions = IdTable::new(counts.functions);
        each(Message::new(data), |field| {
            match field.number {
                field::STRING => strings.push(all_strings.add_bytes(field.message()?.bytes)),
                field::MAPPING => mappings.add(id(field)?).map_err(id_error("mapping"))?,
                field::LOCATION => locations.add(id(field)?).map_err(id_error("location"))?,
                field::FUNCTION => functions.add(id(field)?).map_err(id_error("function"))?,
                _ => {}
            }
            Ok::<_, ReadErrorKind>(())
        })?;
        mappings.finish().map_err(id_error("mapping"))?;
        locations.finish().map_err(id_error("location"))?;
        functions.finish().map_err(id_error("function"))?;
        if strings.first().is_some_and(|first| !first.is_empty()) {
            return Err(wrong("the first string of its table is not empty"));
        }
        all_strings.shrink();
        let mut samples = Samples::new(counts.sample_types);
        samples.reserve(
            counts.samples,
            counts.stack_locations,
            counts.values,
            counts.labels,
        );
        let profile = Profile {
            strings: all_strings,
            sample_types: Vec::with_capacity(counts.sample_types),
            samples,
            mappings: Vec::with_capacity(counts.mappings),
            locations: Vec::with_capacity(counts.locations),
            lines: Vec::with_capacity(counts.lines),
            functions: Vec::with_capacity(counts.functions),
            comments: Vec::with_capacity(counts.comments),
            ..Profile::default()
        };
        Ok(Self {
            profile,
            strings,
            mappings,
            locations,
            functions,
        })
    }

    /// Reads everything but strings and ids.
    fn finish(mut self, data: &[u8]) -> Result<Profile, ReadErrorKind> {
        let (mut lifetimes_field, mut last_string) = (None, None);
        // If one of these comes several times, only the last counts; the others need not be valid.
        let (mut drop_frames, mut keep_frames, mut default_type, mut doc_url) = (0, 0, 0, 0);
        let mut period_type = None;
        each(Message::new(data), |field| {
            match field.number {
                field::SAMPLE_TYPE => {
                    let value_type = self.value_type(field)?;
                    self.profile.sample_types.push(value_type);
                }
                field::SAMPLE => self.sample(field)?,
                field::MAPPING => self.mapping(field)?,
                field::LOCATION => self.location(field)?,
                field::FUNCTION => self.function(field)?,
                field::DROP_FRAMES => drop_frames = field.uint()?,
                field::KEEP_FRAMES => keep_frames = field.uint()?,
                field::TIME_NANOS => self.profile.time_nanos = field.int()?,
                field::DURATION_NANOS => self.profile.duration_nanos = field.int()?,
                field::PERIOD_TYPE => period_type = Some(field),
                field::PERIOD => self.profile.period = field.int()?,
                field::COMMENT => field.numbers(|number| {
                    let comment = self.string(number)?;
                    self.profile.comments.push(comment);
                    Ok::<_, ReadErrorKind>(())
                })?,
                field::DEFAULT_SAMPLE_TYPE => default_type = field.uint()?,
                field::DOC_URL => doc_url = field.uint()?,
                field::STRING => last_string = Some(field.message()?),
                field::LIFETIMES => lifetimes_field = Some(field.message()?),
                _ => {}
            }
            Ok::<_, ReadErrorKind>(())
        })?;
        self.profile.drop_frames = self.string(drop_frames)?;
        self.profile.keep_frames = self.string(keep_frames)?;
        self.profile.default_sample_type = self.string(default_type)?;
        self.profile.doc_url = self.string(doc_url)?;
        self.profile.period_type = period_type
            .map(|field| self.value_type(field))
            .transpose()?;
        self.profile.samples.shrink();
        let samples = self.profile.samples.len();
        self.profile.lifetimes = last_string
            .and_then(|string| lifetimes::from_string(string, samples, data.len()))
            .or_else(|| lifetimes::from_field(lifetimes_field?, samples, data.len()));
        let lifetimes = self.profile.lifetimes.as_ref();
        self.profile.lost_samples = lifetimes.map_or(0, |lifetimes| lifetimes.lost_samples);
        Ok(self.profile)
    }

    /// The string with this index in the file.
    fn string(&self, number: u64) -> Result<StringId, ReadErrorKind> {
        let found = usize::try_from(number)
            .ok()
            .and_then(|number| self.strings.get(number));
        match found {
            Some(id) => Ok(*id),
            // A profile may have no string table at all, not even the empty string.
            None if number == 0 => Ok(StringId::default()),
            None => Err(missing("string", "index", number)),
        }
    }

    fn value_type(&self, field: Field<'_>) -> Result<ValueType, ReadErrorKind> {
        let [kind, unit] = uints(field.message()?, [1, 2])?;
        Ok(ValueType {
            kind: self.string(kind)?,
            unit: self.string(unit)?,
        })
    }

    fn sample(&mut self, field: Field<'_>) -> Result<(), ReadErrorKind> {
        each(field.message()?, |field| {
            let samples = &mut self.profile.samples;
            match field.number {
                1 => field.numbers(|id| {
                    let index = self.locations.index(id);
                    samples.push_location(index.ok_or_else(|| missing("location", "id", id))?);
                    Ok::<_, ReadErrorKind>(())
                })?,
                2 => field.numbers(|value| {
                    samples.push_value(value.cast_signed());
                    Ok::<_, ReadErrorKind>(())
                })?,
                3 => {
                    if let Some(label) = self.label(field)? {
                        self.profile.samples.push_label(label);
                    }
                }
                _ => {}
            }
            Ok::<_, ReadErrorKind>(())
        })?;
        self.profile.samples.close().map_err(|values| {
            wrong(format!(
                "a sample has {values} values, but there are {} sample types",
                self.profile.samples.width()
            ))
        })
    }

    /// A label; `None` if it has neither a string nor a number.
    fn label(&self, field: Field<'_>) -> Result<Option<Label>, ReadErrorKind> {
        let [key, text, number, unit] = uints(field.message()?, [1, 2, 3, 4])?;
        let key = self.string(key)?;
        // pprof ignores the unit of a label that has a string, even if the unit is not valid.
        let value = if text != 0 {
            LabelValue::Text(self.string(text)?)
        } else if number != 0 || unit != 0 {
            LabelValue::Number(number.cast_signed(), self.string(unit)?)
        } else {
            return Ok(None);
        };
        Ok(Some(Label { key, value }))
    }

    fn mapping(&mut self, field: Field<'_>) -> Result<(), ReadErrorKind> {
        let [
            start,
            limit,
            offset,
            file,
            build_id,
            functions,
            filenames,
            lines,
            inlines,
        ] = uints(field.message()?, [2, 3, 4, 5, 6, 7, 8, 9, 10])?;
        self.profile.mappings.push(Mapping {
            start,
            limit,
            offset,
            file: self.string(file)?,
            build_id: self.string(build_id)?,
            has_functions: functions != 0,
            has_filenames: filenames != 0,
            has_line_numbers: lines != 0,
            has_inline_frames: inlines != 0,
        });
        Ok(())
    }

    fn location(&mut self, field: Field<'_>) -> Result<(), ReadErrorKind> {
        let lines_start = self.lines_end();
        let message = field.message()?;
        let [mapping, address, is_folded] = uints(message, [2, 3, 5])?;
        each(message, |field| {
            if field.number == 4 {
                let line = self.line(field)?;
                self.profile.lines.push(line);
            }
            Ok::<_, ReadErrorKind>(())
        })?;
        self.profile.locations.push(Location {
            // As pprof, takes an id that no mapping has as "no mapping".
            mapping: self.mappings.index(mapping),
            address,
            lines_start,
            lines_end: self.lines_end(),
            is_folded: is_folded != 0,
        });
        Ok(())
    }

    fn lines_end(&self) -> u32 {
        u32::try_from(self.profile.lines.len()).expect("files of 4 GiB and more are not read")
    }

    fn line(&self, field: Field<'_>) -> Result<Line, ReadErrorKind> {
        let [id, line, column] = uints(field.message()?, [1, 2, 3])?;
        let function = self.functions.index(id);
        Ok(Line {
            function: function.ok_or_else(|| missing("function", "id", id))?,
            line: line.cast_signed(),
            column: column.cast_signed(),
        })
    }

    fn function(&mut self, field: Field<'_>) -> Result<(), ReadErrorKind> {
        let [name, system_name, file, start_line] = uints(field.message()?, [2, 3, 4, 5])?;
        self.profile.functions.push(Function {
            name: self.string(name)?,
            system_name: self.string(system_name)?,
            file: self.string(file)?,
            start_line: start_line.cast_signed(),
        });
        Ok(())
    }
}

/// The values of the fields with these field numbers: 0 for a field that is missing, and the last
/// value of one that is repeated.
fn uints<const N: usize>(message: Message<'_>, fields: [u64; N]) -> Result<[u64; N], WireError> {
    let mut values = [0; N];
    each(message, |field| {
        if let Some(index) = fields.iter().position(|number| *number == field.number) {
            values[index] = field.uint()?;
        }
        Ok::<_, WireError>(())
    })?;
    Ok(values)
}

/// The id of a mapping, a location or a function.
fn id(field: Field<'_>) -> Result<u64, WireError> {
    uints(field.message()?, [1]).map(|[id]| id)
}

fn id_error(what: &str) -> impl Fn(IdError) -> ReadErrorKind {
    move |IdError(id)| match id {
        0 => wrong(format!("a {what} has the id 0, which is not valid")),
        _ => wrong(format!("two {what}s have the id {id}")),
    }
}

fn missing(what: &'static str, by: &'static str, number: u64) -> ReadErrorKind {
    ReadErrorKind::Missing { what, by, number }
}

fn wrong(what: impl Into<String>) -> ReadErrorKind {
    ReadErrorKind::Invalid(what.into())
}
