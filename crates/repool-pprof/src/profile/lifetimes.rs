//! Decodes `repool-prof`'s extension of the format: the lifetimes of the sampled blocks of each
//! stack, and the measured costs of the allocator.

use prost::Message as _;
use repool_profile::proto::{self, PREFIXES};
use repool_profile::{BUCKETS, Lifetimes, StackLifetimes, extra};

use super::wire::{Message, WireError};

/// The limit of the ratio of the decoded table's size to the file's size. Real files have at most 3,
/// because each stack in the table also has a sample, locations and functions in the file.
const MAX_DECODED_RATIO: usize = 6;

/// Field numbers of the messages `Lifetimes` and `StackLifetimes`.
mod field {
    pub(super) const STACKS: u64 = 2;
    pub(super) const COSTS: u64 = 3;
    pub(super) const TIMES: u64 = 10;
    pub(super) const BYTES: u64 = 11;
    pub(super) const GROWN_BY_SIZE: u64 = 15;
    pub(super) const PREFIX_PEAKS: u64 = 18;
    pub(super) const ZEROED_BY_SIZE: u64 = 21;
}

/// The most sizes with measured costs; `repool-prof` measures fewer.
const COST_SIZES: usize = 64;

/// Decodes the extension from the last string of the string table, in a file of `file` bytes; `None`
/// if the string is not an extension, or does not match the samples.
///
/// A tool that rewrites profiles may keep all strings and drop samples. The extension therefore
/// matches only if its stacks cover all samples, in order and without gaps, as `repool-prof` writes
/// them.
pub(super) fn from_string(text: Message<'_>, samples: usize, file: usize) -> Option<Lifetimes> {
    let message = extra::message(text.bytes)?;
    let lifetimes = from_field(Message::new(&message), samples, file)?;
    let next_sample = |next: u64, stack: &StackLifetimes| {
        (stack.first_sample == next).then(|| next.checked_add(stack.samples))?
    };
    let end = lifetimes.stacks.iter().try_fold(0, next_sample);
    (end == Some(samples as u64)).then_some(lifetimes)
}

/// Decodes the extension from its message, which files of old versions have as a field; `None` if the
/// message is not valid or does not match the samples. A profile is valid without its extension.
pub(super) fn from_field(message: Message<'_>, samples: usize, file: usize) -> Option<Lifetimes> {
    let count = count_stacks(message, samples).ok()??;
    let too_large = count.saturating_mul(size_of::<proto::StackLifetimes>())
        > file.saturating_mul(MAX_DECODED_RATIO);
    if count > samples || too_large {
        return None;
    }
    let mut lifetimes = proto::Lifetimes::default();
    lifetimes.stacks.reserve_exact(count);
    lifetimes.merge(message.bytes).ok()?;
    let fits = lifetimes.stacks.iter().all(|stack| {
        let end = stack.first_sample.checked_add(stack.samples);
        end.is_some_and(|end| end <= samples as u64)
    });
    fits.then(|| lifetimes.into())
}

/// The number of stacks; `None` if a stack or the costs have more numbers than a profile with this
/// many samples can have.
fn count_stacks(mut message: Message<'_>, samples: usize) -> Result<Option<usize>, WireError> {
    let (mut stacks, mut costs, mut grown, mut zeroed) = (0, 0, 0, 0);
    while let Some(field) = message.field()? {
        costs += usize::from(field.number == field::COSTS);
        if field.number != field::STACKS {
            continue;
        }
        stacks += 1;
        let (mut buckets, mut prefixes) = (0, 0);
        let mut stack = field.message()?;
        while let Some(field) = stack.field()? {
            match field.number {
                field::TIMES | field::BYTES => buckets += field.count_numbers(),
                field::GROWN_BY_SIZE => grown += field.count_numbers(),
                field::ZEROED_BY_SIZE => zeroed += field.count_numbers(),
                field::PREFIX_PEAKS => prefixes += 1,
                _ => {}
            }
        }
        if buckets > 2 * BUCKETS || prefixes > PREFIXES {
            return Ok(None);
        }
    }
    let fits = costs <= COST_SIZES && grown <= samples && zeroed <= samples;
    Ok(fits.then_some(stacks))
}
