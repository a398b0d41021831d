//! The first pass over a file: counts its entries, so that `decode` allocates each table once with
//! its exact size. Tables that double their size would use up to twice the memory, which bounds on
//! the memory of hostile files would have to allow for.

use super::field;
use super::wire::{Field, Message, WireError, each};

/// The number of entries of each kind.
#[derive(Debug, Default)]
pub(super) struct FieldCounts {
    pub(super) sample_types: usize,
    pub(super) samples: usize,
    /// Locations in the stacks of all samples together.
    pub(super) stack_locations: usize,
    /// Values of all samples together.
    pub(super) values: usize,
    /// Labels of all samples together.
    pub(super) labels: usize,
    pub(super) mappings: usize,
    pub(super) locations: usize,
    /// Lines of all locations together.
    pub(super) lines: usize,
    pub(super) functions: usize,
    pub(super) strings: usize,
    /// Bytes of all strings together.
    pub(super) string_bytes: usize,
    pub(super) comments: usize,
    has_time: bool,
    /// Whether the file has two times of collection, and therefore is several concatenated profiles.
    pub(super) is_concatenated: bool,
}

impl FieldCounts {
    pub(super) fn of(data: &[u8]) -> Result<Self, WireError> {
        let mut counts = Self::default();
        each(Message::new(data), |field| counts.add(field))?;
        Ok(counts)
    }

    fn add(&mut self, field: Field<'_>) -> Result<(), WireError> {
        match field.number {
            field::SAMPLE_TYPE => self.sample_types += 1,
            field::SAMPLE => {
                self.samples += 1;
                each(field.message()?, |field| {
                    match field.number {
                        1 => self.stack_locations += field.count_numbers(),
                        2 => self.values += field.count_numbers(),
                        // A label of one byte or none has no fields.
                        3 => self.labels += usize::from(field.message()?.bytes.len() > 1),
                        _ => {}
                    }
                    Ok::<_, WireError>(())
                })?;
            }
            field::MAPPING => self.mappings += 1,
            field::LOCATION => {
                self.locations += 1;
                each(field.message()?, |field| {
                    self.lines += usize::from(field.number == 4);
                    Ok::<_, WireError>(())
                })?;
            }
            field::FUNCTION => self.functions += 1,
            field::STRING => {
                self.strings += 1;
                self.string_bytes += field.message()?.bytes.len();
            }
            field::TIME_NANOS => {
                self.is_concatenated |= self.has_time;
                self.has_time |= field.int()? != 0;
            }
            field::COMMENT => self.comments += field.count_numbers(),
            _ => {}
        }
        Ok(())
    }
}
