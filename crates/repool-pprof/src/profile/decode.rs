//! From the file's bytes to a [`Profile`], in three passes: the first counts, the second reads what
//! the third needs, so that the order of the fields does not matter and nothing is kept twice.

use super::counts::Counts;
use super::error::Problem;
use super::ids::{BadId, Ids};
use super::wire::{Field, Message, Value, WireError, WireProblem, each};
use super::{
    Function, Label, LabelValue, Line, Location, Mapping, Profile, Samples, Text, Texts, ValueType,
    field, lifetimes,
};

/// Reads a profile that is not packed.
pub(super) fn decode(data: &[u8]) -> Result<Profile, Problem> {
    match Decoder::new(data).and_then(|decoder| decoder.finish(data)) {
        // A field that ends where there are no more data is what a broken transfer leaves.
        Err(Problem::Wire(error)) if is_cut_off(data, error) => Err(Problem::CutOff(data.len())),
        outcome => outcome,
    }
}

/// Whether the last of a profile's fields is cut off, and so probably the file.
fn is_cut_off(data: &[u8], error: WireError) -> bool {
    if !matches!(error.what, WireProblem::CutOff | WireProblem::TooLong) {
        return false;
    }
    let mut message = Message::new(data);
    let mut some = false;
    while let Ok(Some(field)) = message.field() {
        let is_message = matches!(field.value, Value::Bytes(_));
        some = match field.number {
            field::SAMPLE_TYPE..=field::STRING | field::PERIOD_TYPE | field::LIFETIMES => {
                is_message
            }
            field::DROP_FRAMES..=field::DOC_URL => {
                matches!(field.value, Value::Varint(_)) || field.number == field::COMMENT
            }
            _ => false,
        };
        // It has never been a profile.
        if !some {
            break;
        }
    }
    some && message.at <= error.at
}

/// What is known before the last pass.
struct Decoder {
    profile: Profile,
    /// By the file's numbers.
    texts: Vec<Text>,
    mappings: Ids,
    locations: Ids,
    functions: Ids,
}

impl Decoder {
    /// Texts and ids.
    fn new(data: &[u8]) -> Result<Self, Problem> {
        let counts = Counts::of(data)?;
        if counts.several {
            return Err(wrong("it is several profiles, one behind the other"));
        }
        if counts.types == 0 {
            return Err(wrong("it has no sample types"));
        }
        let mut all_texts = Texts::default();
        all_texts.reserve(counts.text_bytes);
        let mut texts = Vec::with_capacity(counts.texts);
        let mut mappings = Ids::new(counts.mappings);
        let mut locations = Ids::new(counts.locations);
        let mut functions = Ids::new(counts.functions);
        each(Message::new(data), |field| {
            match field.number {
                field::STRING => texts.push(all_texts.add_bytes(field.message()?.bytes)),
                field::MAPPING => mappings.add(id(field)?).map_err(of("mapping"))?,
                field::LOCATION => locations.add(id(field)?).map_err(of("location"))?,
                field::FUNCTION => functions.add(id(field)?).map_err(of("function"))?,
                _ => {}
            }
            Ok::<_, Problem>(())
        })?;
        mappings.finish().map_err(of("mapping"))?;
        locations.finish().map_err(of("location"))?;
        functions.finish().map_err(of("function"))?;
        if texts.first().is_some_and(|first| !first.is_empty()) {
            return Err(wrong("its first text is not the empty one"));
        }
        all_texts.shrink();
        let mut samples = Samples::new(counts.types);
        samples.reserve(counts.samples, counts.stacks, counts.values, counts.labels);
        let profile = Profile {
            texts: all_texts,
            sample_types: Vec::with_capacity(counts.types),
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
            texts,
            mappings,
            locations,
            functions,
        })
    }

    /// Everything else.
    fn finish(mut self, data: &[u8]) -> Result<Profile, Problem> {
        let (mut lives, mut last_text) = (None, None);
        // Where one of these comes twice the last counts, so the others may be wrong.
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
                    let comment = self.text(number)?;
                    self.profile.comments.push(comment);
                    Ok::<_, Problem>(())
                })?,
                field::DEFAULT_SAMPLE_TYPE => default_type = field.uint()?,
                field::DOC_URL => doc_url = field.uint()?,
                field::STRING => last_text = Some(field.message()?),
                field::LIFETIMES => lives = Some(field.message()?),
                _ => {}
            }
            Ok::<_, Problem>(())
        })?;
        self.profile.drop_frames = self.text(drop_frames)?;
        self.profile.keep_frames = self.text(keep_frames)?;
        self.profile.default_sample_type = self.text(default_type)?;
        self.profile.doc_url = self.text(doc_url)?;
        self.profile.period_type = period_type
            .map(|field| self.value_type(field))
            .transpose()?;
        self.profile.samples.shrink();
        let samples = self.profile.samples.len();
        self.profile.lifetimes = last_text
            .and_then(|text| lifetimes::carried(text, samples, data.len()))
            .or_else(|| lives.and_then(|lives| lifetimes::decode(lives, samples, data.len())));
        Ok(self.profile)
    }

    /// The text of that number in the file.
    fn text(&self, number: u64) -> Result<Text, Problem> {
        let found = usize::try_from(number)
            .ok()
            .and_then(|number| self.texts.get(number));
        match found {
            Some(text) => Ok(*text),
            // Profiles without any text have no empty one either.
            None if number == 0 => Ok(Text::default()),
            None => Err(missing("text", "number", number)),
        }
    }

    fn value_type(&self, field: Field<'_>) -> Result<ValueType, Problem> {
        let [kind, unit] = uints(field.message()?, [1, 2])?;
        Ok(ValueType {
            kind: self.text(kind)?,
            unit: self.text(unit)?,
        })
    }

    fn sample(&mut self, field: Field<'_>) -> Result<(), Problem> {
        each(field.message()?, |field| {
            let samples = &mut self.profile.samples;
            match field.number {
                1 => field.numbers(|id| {
                    let place = self.locations.place(id);
                    samples.push_location(place.ok_or_else(|| missing("location", "id", id))?);
                    Ok::<_, Problem>(())
                })?,
                2 => field.numbers(|value| {
                    samples.push_value(value.cast_signed());
                    Ok::<_, Problem>(())
                })?,
                3 => {
                    if let Some(label) = self.label(field)? {
                        self.profile.samples.push_label(label);
                    }
                }
                _ => {}
            }
            Ok::<_, Problem>(())
        })?;
        self.profile.samples.close().map_err(|values| {
            wrong(format!(
                "a sample has {values} values, and there are {} sample types",
                self.profile.samples.width()
            ))
        })
    }

    /// A label; `None` if it says nothing.
    fn label(&self, field: Field<'_>) -> Result<Option<Label>, Problem> {
        let [key, text, number, unit] = uints(field.message()?, [1, 2, 3, 4])?;
        let key = self.text(key)?;
        // Where there is a text the unit means nothing, and may be wrong.
        let value = if text != 0 {
            LabelValue::Text(self.text(text)?)
        } else if number != 0 || unit != 0 {
            LabelValue::Number(number.cast_signed(), self.text(unit)?)
        } else {
            return Ok(None);
        };
        Ok(Some(Label { key, value }))
    }

    fn mapping(&mut self, field: Field<'_>) -> Result<(), Problem> {
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
            file: self.text(file)?,
            build_id: self.text(build_id)?,
            has_functions: functions != 0,
            has_filenames: filenames != 0,
            has_line_numbers: lines != 0,
            has_inline_frames: inlines != 0,
        });
        Ok(())
    }

    fn location(&mut self, field: Field<'_>) -> Result<(), Problem> {
        let lines_start = self.lines_end();
        let message = field.message()?;
        let [mapping, address, is_folded] = uints(message, [2, 3, 5])?;
        each(message, |field| {
            if field.number == 4 {
                let line = self.line(field)?;
                self.profile.lines.push(line);
            }
            Ok::<_, Problem>(())
        })?;
        self.profile.locations.push(Location {
            // Other readers take a mapping that there is not for none.
            mapping: self.mappings.place(mapping),
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

    fn line(&self, field: Field<'_>) -> Result<Line, Problem> {
        let [id, line, column] = uints(field.message()?, [1, 2, 3])?;
        let function = self.functions.place(id);
        Ok(Line {
            function: function.ok_or_else(|| missing("function", "id", id))?,
            line: line.cast_signed(),
            column: column.cast_signed(),
        })
    }

    fn function(&mut self, field: Field<'_>) -> Result<(), Problem> {
        let [name, system_name, file, start_line] = uints(field.message()?, [2, 3, 4, 5])?;
        self.profile.functions.push(Function {
            name: self.text(name)?,
            system_name: self.text(system_name)?,
            file: self.text(file)?,
            start_line: start_line.cast_signed(),
        });
        Ok(())
    }
}

/// The numbers in the fields with these numbers; 0 for one that is not there, and the last if there
/// are several.
fn uints<const N: usize>(message: Message<'_>, fields: [u64; N]) -> Result<[u64; N], WireError> {
    let mut numbers = [0; N];
    each(message, |field| {
        if let Some(place) = fields.iter().position(|number| *number == field.number) {
            numbers[place] = field.uint()?;
        }
        Ok::<_, WireError>(())
    })?;
    Ok(numbers)
}

/// The id of a mapping, a location or a function.
fn id(field: Field<'_>) -> Result<u64, WireError> {
    uints(field.message()?, [1]).map(|[id]| id)
}

fn of(what: &str) -> impl Fn(BadId) -> Problem {
    move |BadId(id)| match id {
        0 => wrong(format!("a {what} has the id 0, which is none")),
        _ => wrong(format!("two {what}s have the id {id}")),
    }
}

fn missing(what: &'static str, by: &'static str, number: u64) -> Problem {
    Problem::Missing { what, by, number }
}

fn wrong(what: impl Into<String>) -> Problem {
    Problem::Wrong(what.into())
}
