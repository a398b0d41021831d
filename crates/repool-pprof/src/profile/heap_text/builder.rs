//! Builds the profile of a heap profile as text: each stack becomes a sample, and each address a
//! location.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::super::{Label, LabelValue, Location, Profile, Samples, StringId, ValueType};
use super::drop_frames;
use super::lines::{TextLine, TextLines};
use super::memory_map::MemoryMap;
use crate::measure;
use crate::profile::error::ReadErrorKind;

/// How the blocks of a profile were sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sampling {
    /// The mean number of bytes between samples. With 1 or less, values are not scaled.
    pub(super) rate: i64,
    /// Whether values are those of samples, and must be scaled to estimate the totals.
    pub(super) is_estimated: bool,
    /// Whether the profile has allocated blocks besides those in use.
    pub(super) has_allocated: bool,
}

/// A number of objects, and the sum of their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AllocTotals {
    pub(super) count: i64,
    pub(super) bytes: i64,
}

impl AllocTotals {
    /// Parses two numbers; `None` if one has more than 64 bits.
    pub(super) fn parse(count: &str, bytes: &str) -> Option<Self> {
        Some(Self {
            count: count.parse().ok()?,
            bytes: bytes.parse().ok()?,
        })
    }

    /// The estimated totals, if these are the totals of samples. An allocation of `size` bytes is
    /// sampled with the probability 1 - exp(-size / rate), so each sample counts as the inverse of
    /// that.
    fn scaled(self, rate: i64) -> Self {
        if self.count == 0 || self.bytes == 0 {
            return Self::default();
        }
        if rate <= 1 {
            return self;
        }
        let mean = self.bytes as f64 / self.count as f64;
        let weight = 1.0 / (1.0 - (-mean / rate as f64).exp());
        Self {
            count: measure::whole(self.count as f64 * weight),
            bytes: measure::whole(self.bytes as f64 * weight),
        }
    }
}

/// A profile to which stacks are added.
pub(super) struct ProfileBuilder {
    profile: Profile,
    sampling: Sampling,
    size_label: StringId,
    /// The index of each address's location.
    locations: FxHashMap<u64, u32>,
}

impl ProfileBuilder {
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
                kind: profile.strings.add(kind),
                unit: profile.strings.add(unit),
            })
            .collect();
        profile.samples = Samples::new(types.len());
        profile.period = sampling.rate;
        profile.period_type = Some(ValueType {
            kind: profile.strings.add("space"),
            unit: profile.strings.add("bytes"),
        });
        profile.drop_frames = profile.strings.add(&drop_frames::regex());
        profile.keep_frames = profile.strings.add(drop_frames::KEPT);
        profile.has_allocator_frames = true;
        Self {
            size_label: profile.strings.add("bytes"),
            profile,
            sampling,
            locations: FxHashMap::default(),
        }
    }

    /// Adds a stack. `addresses` are hexadecimal numbers as in `0x1f`; text between them is skipped.
    pub(super) fn add(
        &mut self,
        line: &TextLine<'_>,
        addresses: &str,
        in_use: AllocTotals,
        allocated: AllocTotals,
    ) -> Result<(), ReadErrorKind> {
        let mut values = Vec::with_capacity(4);
        let mut size = 0;
        let all = [
            self.sampling.has_allocated.then_some(allocated),
            Some(in_use),
        ];
        for totals in all.into_iter().flatten() {
            if totals.count == 0 && totals.bytes != 0 {
                return Err(line.error("it has bytes, but no objects"));
            }
            let mut scaled = totals;
            if totals.count != 0 {
                size = totals.bytes.wrapping_div(totals.count);
                if self.sampling.is_estimated {
                    scaled = totals.scaled(self.sampling.rate);
                }
            }
            values.extend([scaled.count, scaled.bytes]);
        }
        let mut stack = Vec::new();
        for address in hexadecimals(addresses) {
            let address = address.ok_or_else(|| line.error("an address has more than 64 bits"))?;
            // The call instruction is before its return address.
            stack.push(self.location(address.wrapping_sub(1)));
        }
        let label = Label {
            key: self.size_label,
            value: LabelValue::Number(size, StringId::default()),
        };
        self.profile.samples.push(&stack, &values, &[label]);
        Ok(())
    }

    /// The index of the location with this address.
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

    /// The profile, with the mappings of the memory map in the rest of the file.
    pub(super) fn finish(mut self, rest: TextLines<'_>) -> Profile {
        let maps = MemoryMap::read(rest, &mut self.profile.strings);
        maps.assign(&mut self.profile);
        self.profile
    }
}

/// The numbers in a text that are written as `0x1f`; `None` for each that has more than 64 bits.
fn hexadecimals(text: &str) -> impl Iterator<Item = Option<u64>> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("0x([0-9a-f]+)").expect("the expression is valid"));
    NUMBER
        .captures_iter(text)
        .map(|found| u64::from_str_radix(&found[1], 16).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_small_blocks_have_large_weights() {
        let scaled = |count, bytes, rate| {
            let AllocTotals { count, bytes } = AllocTotals { count, bytes }.scaled(rate);
            (count, bytes)
        };
        // 1 / (1 - exp(-1024 / 524288)) is 512.5.
        assert_eq!(scaled(2, 2048, 524_288), (1025, 1_049_600));
        assert_eq!(scaled(1, 64 << 20, 524_288), (1, 64 << 20));
        assert_eq!(scaled(3, 30, 1), (3, 30));
        assert_eq!(scaled(3, 30, 0), (3, 30));
        assert_eq!(scaled(3, 0, 512), (0, 0));
        assert_eq!(scaled(0, 0, 512), (0, 0));
    }

    #[test]
    fn text_between_addresses_is_skipped() {
        let found: Vec<_> = hexadecimals(" 0x1f x 0xfg 0x11112222333344445 12").collect();
        assert_eq!(found, [Some(0x1f), Some(0xf), None]);
    }
}
