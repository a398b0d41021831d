//! Reads profiles from files and from memory, and decompresses them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::error::ReadErrorKind;
use super::{Profile, ReadError, heap_text};

/// The bytes that a file of any size may decompress to: 64 MiB.
const MIN_UNPACKED_LIMIT: u64 = 64 << 20;

/// The limit of the ratio of decompressed to compressed size for larger files. Real profiles have
/// ratios of 5 to 30; a file with more than 128 was made to exhaust memory.
const MAX_UNPACKED_RATIO: u64 = 128;

/// The ratio of decompressed to compressed size up to which the size that a gzip file claims is
/// reserved at once: the highest of real profiles.
const USUAL_UNPACKED_RATIO: u64 = 32;

/// The most bytes of a file, compressed or not: indices into its tables have 32 bits.
const MAX_SIZE: u64 = u32::MAX as u64;

/// The first bytes of a gzip file.
const GZIP: &[u8] = &[0x1f, 0x8b];

impl Profile {
    /// Reads a profile from a file, compressed by gzip or not. `-` is standard input.
    ///
    /// Reads pprof's format, and heap profiles as text of gperftools, tcmalloc and jemalloc.
    ///
    /// Memory use is at most about 11 times the decompressed size. The decompressed size is limited
    /// to 128 times the file's size, or to 64 MiB for small files.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not a complete and valid profile in one of these formats.
    /// For a format that `go tool pprof` can convert, the error has the command.
    ///
    /// # Examples
    ///
    /// ```
    /// let profile = repool_pprof::Profile::open("tests/data/orders.pb.gz")?;
    /// assert_eq!(profile.sample_types().count(), 4);
    /// # Ok::<(), repool_pprof::ReadError>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let outcome = if path == Path::new("-") {
            read_all(io::stdin().lock(), 0, MAX_SIZE)
                .and_then(|data| data.ok_or(ReadErrorKind::TooLarge))
        } else {
            open_file(path)
        };
        let outcome = outcome.and_then(|data| parse_any(&data));
        outcome.map_err(|kind| ReadError::at(path, kind))
    }

    /// Reads a profile from memory, compressed by gzip or not. Limits are those of
    /// [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// If the data are not a complete and valid profile in a format that [`open`](Self::open) reads.
    ///
    /// # Examples
    ///
    /// ```
    /// let file = std::fs::read("tests/data/orders.pb.gz")?;
    /// let profile = repool_pprof::Profile::parse(&file)?;
    /// assert!(profile.samples().len() > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(data: &[u8]) -> Result<Self, ReadError> {
        parse_any(data).map_err(ReadError::from)
    }
}

fn open_file(path: &Path) -> Result<Vec<u8>, ReadErrorKind> {
    let file = File::open(path).map_err(ReadErrorKind::Io)?;
    let about = file.metadata().map_err(ReadErrorKind::Io)?;
    if about.is_dir() {
        return Err(ReadErrorKind::IsDirectory);
    }
    if about.len() > MAX_SIZE {
        return Err(ReadErrorKind::TooLarge);
    }
    read_all(file, about.len(), MAX_SIZE)?.ok_or(ReadErrorKind::TooLarge)
}

/// Reads to the end, and reserves `expected` bytes at first; `None` if there are more than `most`
/// bytes.
fn read_all(from: impl Read, expected: u64, most: u64) -> Result<Option<Vec<u8>>, ReadErrorKind> {
    let mut data = Vec::new();
    // One byte more: `read_to_end` finds the end by a read that returns nothing.
    let capacity = usize::try_from(expected.min(most) + 1).unwrap_or(usize::MAX);
    data.try_reserve_exact(capacity)
        .map_err(|error| ReadErrorKind::Io(error.into()))?;
    from.take(most + 1)
        .read_to_end(&mut data)
        .map_err(ReadErrorKind::Io)?;
    Ok((data.len() as u64 <= most).then_some(data))
}

fn parse_any(data: &[u8]) -> Result<Profile, ReadErrorKind> {
    if data.is_empty() {
        return Err(ReadErrorKind::Empty);
    }
    if !data.starts_with(GZIP) {
        return parse_unpacked(data);
    }
    parse_unpacked(&unpack(data)?)
}

fn unpack(data: &[u8]) -> Result<Vec<u8>, ReadErrorKind> {
    let size = data.len() as u64;
    let most = size
        .saturating_mul(MAX_UNPACKED_RATIO)
        .clamp(MIN_UNPACKED_LIMIT, MAX_SIZE);
    // A gzip file ends with the decompressed size, modulo 2³², of its last member.
    let claimed = data
        .last_chunk()
        .map_or(0, |size| u32::from_le_bytes(*size));
    let expected = u64::from(claimed).min(size.saturating_mul(USUAL_UNPACKED_RATIO));
    match read_all(MultiGzDecoder::new(data), expected, most) {
        Ok(unpacked) => unpacked.ok_or(ReadErrorKind::DecompressionBomb(most)),
        Err(ReadErrorKind::Io(error)) => Err(ReadErrorKind::Gzip(error)),
        Err(kind) => Err(kind),
    }
}

fn parse_unpacked(data: &[u8]) -> Result<Profile, ReadErrorKind> {
    if data.len() as u64 > MAX_SIZE {
        return Err(ReadErrorKind::TooLarge);
    }
    if let Some(read) = heap_text::read(data) {
        return read;
    }
    super::decode::decode(data).map_err(|kind| match heap_text::other_format(data) {
        Some(format) => ReadErrorKind::Convertible(format),
        None => other_file_type(data).map_or(kind, ReadErrorKind::NotAProfile),
    })
}

/// The name of a common format that is not a profile.
fn other_file_type(data: &[u8]) -> Option<&'static str> {
    let types: [(&[u8], &str); 10] = [
        (GZIP, "compressed twice"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"\x89PNG", "a PNG picture"),
        (b"%PDF", "a PDF document"),
        (b"\x7fELF", "a program or a library"),
        (b"PERFILE2", "a recording of perf"),
        (b"<", "an HTML or XML document"),
        (b"{", "a JSON document"),
    ];
    let found = types.iter().find(|(magic, _)| data.starts_with(magic));
    found.map(|(_, what)| *what)
}
