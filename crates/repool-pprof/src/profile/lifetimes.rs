//! What the profiler adds to the format: what became of the blocks of each stack.

use prost::Message as _;
use repool_prof::pprof::extra;
use repool_prof::pprof::proto::{Lifetimes, Lives};

use super::wire::{Message, WireError};

/// A table of lives may have this many times the bytes of the whole file. Real ones have at most
/// thrice, as a stack is never alone: its sample, its locations and their functions are there too.
const MOST: usize = 6;

/// The numbers of their fields.
mod field {
    pub(super) const LIVES: u64 = 2;
    pub(super) const COSTS: u64 = 3;
    pub(super) const TIMES: u64 = 10;
    pub(super) const BYTES: u64 = 11;
    pub(super) const GROWN_BY_SIZE: u64 = 15;
}

/// As many classes as a histogram has.
const CLASSES: usize = 40;

/// The allocator is measured at fewer sizes.
const SIZES: usize = 64;

/// What the profiler adds to a file of so many bytes as the last of its texts, if this is such a text
/// and fits the samples.
///
/// A program that writes profiles anew may keep all texts and leave samples out. So the stacks must
/// be those of all samples, one behind the other, as the profiler has them.
pub(super) fn carried(text: Message<'_>, samples: usize, file: usize) -> Option<Lifetimes> {
    let message = extra::message(text.bytes)?;
    let lifetimes = decode(Message::new(&message), samples, file)?;
    let behind = |next: u64, stack: &Lives| {
        (stack.first_sample == next).then(|| next.checked_add(stack.samples))?
    };
    let end = lifetimes.lives.iter().try_fold(0, behind);
    (end == Some(samples as u64)).then_some(lifetimes)
}

/// What the profiler adds to a file of so many bytes, if it is there and fits the samples: it is
/// not part of the format, so a profile is sound without. Older files have it as a field.
pub(super) fn decode(message: Message<'_>, samples: usize, file: usize) -> Option<Lifetimes> {
    let count = count_lives(message, samples).ok()??;
    let too_large = count.saturating_mul(size_of::<Lives>()) > file.saturating_mul(MOST);
    if count > samples || too_large {
        return None;
    }
    let mut lives = Lifetimes::default();
    lives.lives.reserve_exact(count);
    lives.merge(message.bytes).ok()?;
    let fits = lives.lives.iter().all(|stack| {
        let end = stack.first_sample.checked_add(stack.samples);
        end.is_some_and(|end| end <= samples as u64)
    });
    fits.then_some(lives)
}

/// How many stacks there are; `None` if the figures of one, or of the allocator, are more than there
/// can be of so many samples.
fn count_lives(mut message: Message<'_>, samples: usize) -> Result<Option<usize>, WireError> {
    let (mut lives, mut sizes, mut grown) = (0, 0, 0);
    while let Some(field) = message.field()? {
        sizes += usize::from(field.number == field::COSTS);
        if field.number != field::LIVES {
            continue;
        }
        lives += 1;
        let mut classes = 0;
        let mut stack = field.message()?;
        while let Some(field) = stack.field()? {
            match field.number {
                field::TIMES | field::BYTES => classes += field.count_numbers(),
                field::GROWN_BY_SIZE => grown += field.count_numbers(),
                _ => {}
            }
        }
        if classes > 2 * CLASSES {
            return Ok(None);
        }
    }
    Ok((sizes <= SIZES && grown <= samples).then_some(lives))
}
