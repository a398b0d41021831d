//! [`ObjectKind`]: what a site allocates, as far as the sizes and alignment of its blocks tell.

use serde::Serialize;

use super::site_stats::SiteStats;

/// What a site allocates, as far as the sizes and the alignment of its blocks tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectKind {
    /// Objects of one size: a `Box<T>`, or a `Vec` with a fixed capacity.
    #[default]
    Value,
    /// Buffers whose length depends on data, or that grow: `Vec<T>`.
    Buffer,
    /// Buffers that may be of bytes: `Vec<u8>` or `String`.
    Bytes,
    /// Hash tables.
    Table,
}

impl ObjectKind {
    /// The kind of a site's objects.
    pub(super) fn of(stats: &SiteStats) -> Self {
        /// The smallest capacity of a `Vec<u8>` or `String` that grows.
        const FIRST_BYTES: u64 = 8;
        match () {
            () if stats.is_table => Self::Table,
            () if stats.is_of_bytes || stats.alignment == Some(1) => Self::Bytes,
            () if stats.alignment.is_none()
                && stats.grows()
                && stats.sizes.contains_key(&FIRST_BYTES) =>
            {
                Self::Bytes
            }
            () if stats.grows() => Self::of_buffers(is_of_bytes(stats)),
            () if stats.sizes.len() == 1 && !stats.sizes_merged => match is_of_bytes(stats) {
                true => Self::Bytes,
                false => Self::Value,
            },
            () if stats.alignment.is_none() && element(stats) > MAX_ELEMENT => Self::Bytes,
            () => Self::of_buffers(is_of_bytes(stats)),
        }
    }

    fn of_buffers(of_bytes: bool) -> Self {
        if of_bytes { Self::Bytes } else { Self::Buffer }
    }

    /// Whether the length of the objects depends on data.
    pub(super) fn is_buffer(self) -> bool {
        self != Self::Value
    }
}

/// The largest element that a `Vec` is expected to have. Sizes with a larger common divisor are round
/// lengths of any element.
const MAX_ELEMENT: u64 = 256;

/// Whether the objects may be buffers of bytes. The alignment tells. Where it is not known, the sizes
/// do: no larger element divides them.
fn is_of_bytes(stats: &SiteStats) -> bool {
    match stats.alignment {
        Some(alignment) => alignment == 1,
        None => !element(stats).is_multiple_of(4),
    }
}

/// The greatest number of bytes that divides all sizes: a multiple of the element's size. Elements of
/// more than one byte have an even size, but for arrays of bytes. Where sizes were merged, a single
/// odd one is the mean of several and is ignored.
pub(super) fn element(stats: &SiteStats) -> u64 {
    fn divisor(one: u64, other: u64) -> u64 {
        if other == 0 {
            one
        } else {
            divisor(other, one % other)
        }
    }
    let odd = stats.sizes.keys().filter(|size| **size % 2 == 1).count();
    let is_merged_odd = stats.sizes_merged && odd * 10 < stats.sizes.len();
    let sizes = stats
        .sizes
        .keys()
        .filter(|size| !is_merged_odd || **size % 2 == 0);
    sizes.fold(0, |so_far, size| divisor(so_far, *size))
}
