//! How much there is of everything, so that each table is made once and as large as it must be:
//! what a table of doubling size wastes, hostile files would make use of.

use super::field;
use super::wire::{Field, Message, WireError, each};

/// How often a field comes.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) types: usize,
    pub(super) samples: usize,
    /// Those of all samples together, as the next two.
    pub(super) stacks: usize,
    pub(super) values: usize,
    pub(super) labels: usize,
    pub(super) mappings: usize,
    pub(super) locations: usize,
    /// Those of all locations together.
    pub(super) lines: usize,
    pub(super) functions: usize,
    pub(super) texts: usize,
    /// Bytes of all texts together.
    pub(super) text_bytes: usize,
    pub(super) comments: usize,
    has_time: bool,
    /// Whether it has two times, and so is two profiles.
    pub(super) several: bool,
}

impl Counts {
    pub(super) fn of(data: &[u8]) -> Result<Self, WireError> {
        let mut counts = Self::default();
        each(Message::new(data), |field| counts.add(field))?;
        Ok(counts)
    }

    fn add(&mut self, field: Field<'_>) -> Result<(), WireError> {
        match field.number {
            field::SAMPLE_TYPE => self.types += 1,
            field::SAMPLE => {
                self.samples += 1;
                each(field.message()?, |field| {
                    match field.number {
                        1 => self.stacks += field.count_numbers(),
                        2 => self.values += field.count_numbers(),
                        // Shorter ones say nothing.
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
                self.texts += 1;
                self.text_bytes += field.message()?.bytes.len();
            }
            field::TIME_NANOS => {
                self.several |= self.has_time;
                self.has_time |= field.int()? != 0;
            }
            field::COMMENT => self.comments += field.count_numbers(),
            _ => {}
        }
        Ok(())
    }
}
