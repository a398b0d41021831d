//! Stacks and their figures, as they come: each becomes a sample, each address a location.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::super::{Label, LabelValue, Location, Profile, Samples, Text, ValueType};
use super::drop_frames;
use super::lines::{Lines, TextLine};
use super::maps::Maps;
use crate::measure;
use crate::profile::error::Problem;

/// How a profile was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sampling {
    /// Bytes from one sample to the next in the mean; with 1 or less nothing is estimated.
    pub(super) rate: i64,
    /// Whether each value stands for more than was sampled.
    pub(super) is_estimated: bool,
    /// Whether it has what was allocated, and not only what is in use.
    pub(super) has_allocated: bool,
}

/// Objects, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) count: i64,
    pub(super) bytes: i64,
}

impl Blocks {
    /// Two numbers; `None` if one is too large.
    pub(super) fn parse(count: &str, bytes: &str) -> Option<Self> {
        Some(Self {
            count: count.parse().ok()?,
            bytes: bytes.parse().ok()?,
        })
    }

    /// What was there, as far as samples tell. An allocation of `size` bytes is sampled with the
    /// probability 1 - exp(-size / rate), and so stands for the inverse of that.
    fn estimated(self, rate: i64) -> Self {
        if self.count == 0 || self.bytes == 0 {
            return Self::default();
        }
        if rate <= 1 {
            return self;
        }
        let mean = self.bytes as f64 / self.count as f64;
        let each = 1.0 / (1.0 - (-mean / rate as f64).exp());
        Self {
            count: measure::whole(self.count as f64 * each),
            bytes: measure::whole(self.bytes as f64 * each),
        }
    }
}

/// A profile in the making.
pub(super) struct Stacks {
    profile: Profile,
    sampling: Sampling,
    size_label: Text,
    locations: FxHashMap<u64, u32>,
}

impl Stacks {
    pub(super) fn new(sampling: Sampling) -> Self {
        let mut profile = Profile::default();
        let types: &[_] = match sampling.has_allocated {
            true => &[
                ("alloc_objects", "count"),
                ("alloc_space", "bytes"),
                ("inuse_objects", "count"),
                ("inuse_space", "bytes"),
            ],
            false => &[("objects", "count"), ("space", "bytes")],
        };
        profile.sample_types = types
            .iter()
            .map(|(kind, unit)| ValueType {
                kind: profile.texts.add(kind),
                unit: profile.texts.add(unit),
            })
            .collect();
        profile.samples = Samples::new(types.len());
        profile.period = sampling.rate;
        profile.period_type = Some(ValueType {
            kind: profile.texts.add("space"),
            unit: profile.texts.add("bytes"),
        });
        profile.drop_frames = profile.texts.add(&drop_frames::regex());
        profile.keep_frames = profile.texts.add(drop_frames::KEPT);
        profile.has_allocator_frames = true;
        Self {
            size_label: profile.texts.add("bytes"),
            profile,
            sampling,
            locations: FxHashMap::default(),
        }
    }

    /// Adds a stack: `addresses` are hexadecimal, with other things between them or not.
    pub(super) fn add(
        &mut self,
        line: &TextLine<'_>,
        addresses: &str,
        in_use: Blocks,
        allocated: Blocks,
    ) -> Result<(), Problem> {
        let mut values = Vec::with_capacity(4);
        let mut size = 0;
        let all = [
            self.sampling.has_allocated.then_some(allocated),
            Some(in_use),
        ];
        for blocks in all.into_iter().flatten() {
            if blocks.count == 0 && blocks.bytes != 0 {
                return Err(line.wrong("it has bytes of no objects"));
            }
            let mut counted = blocks;
            if blocks.count != 0 {
                size = blocks.bytes.wrapping_div(blocks.count);
                if self.sampling.is_estimated {
                    counted = blocks.estimated(self.sampling.rate);
                }
            }
            values.extend([counted.count, counted.bytes]);
        }
        let mut stack = Vec::new();
        for address in hexadecimals(addresses) {
            let address = address.ok_or_else(|| line.wrong("an address has more than 64 bits"))?;
            // Of the call, which is before the address that it returns to.
            stack.push(self.location(address.wrapping_sub(1)));
        }
        let label = Label {
            key: self.size_label,
            value: LabelValue::Number(size, Text::default()),
        };
        self.profile.samples.push(&stack, &values, &[label]);
        Ok(())
    }

    fn location(&mut self, address: u64) -> u32 {
        let locations = &mut self.profile.locations;
        *self.locations.entry(address).or_insert_with(|| {
            locations.push(Location {
                address,
                ..Location::default()
            });
            locations.len() as u32 - 1
        })
    }

    /// The profile, with the memory map that the rest of the file has.
    pub(super) fn finish(mut self, rest: Lines<'_>) -> Profile {
        let maps = Maps::read(rest, &mut self.profile.texts);
        maps.assign(&mut self.profile);
        self.profile
    }
}

/// The numbers in a text that are written as `0x1f`; `None` for one of more than 64 bits.
fn hexadecimals(text: &str) -> impl Iterator<Item = Option<u64>> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("0x([0-9a-f]+)").expect("it is one"));
    NUMBER
        .captures_iter(text)
        .map(|found| u64::from_str_radix(&found[1], 16).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_blocks_stand_for_many() {
        let estimated = |count, bytes, rate| {
            let Blocks { count, bytes } = Blocks { count, bytes }.estimated(rate);
            (count, bytes)
        };
        // 1 / (1 - exp(-1024 / 524288)) is 512.5.
        assert_eq!(estimated(2, 2048, 524_288), (1025, 1_049_600));
        assert_eq!(estimated(1, 64 << 20, 524_288), (1, 64 << 20));
        assert_eq!(estimated(3, 30, 1), (3, 30));
        assert_eq!(estimated(3, 30, 0), (3, 30));
        assert_eq!(estimated(3, 0, 512), (0, 0));
        assert_eq!(estimated(0, 0, 512), (0, 0));
    }

    #[test]
    fn addresses_are_found_among_other_things() {
        let found: Vec<_> = hexadecimals(" 0x1f x 0xfg 0x11112222333344445 12").collect();
        assert_eq!(found, [Some(0x1f), Some(0xf), None]);
    }
}
