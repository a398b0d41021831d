use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::error::Problem;
use super::{Profile, ReadError, heap_text};

/// A profile may unpack to this many bytes whatever its size,
const UNPACKED_ALWAYS: u64 = 64 << 20;

/// and to so many times its size. Real profiles have a fifth to a thirtieth; what claims more is
/// made to fill memory.
const UNPACKED_RATIO: u64 = 128;

/// What is reserved for it at once, where it says that it unpacks to so much.
const UNPACKED_USUALLY: u64 = 32;

/// Places in tables have 32 bits.
const LARGEST: u64 = u32::MAX as u64;

/// What gzipped files begin with.
const GZIP: &[u8] = &[0x1f, 0x8b];

impl Profile {
    /// Reads a file: gzipped, as profiles nearly always are, or not. `-` is standard input.
    ///
    /// Memory is bounded by the file's size: about ten times what it unpacks to at the very most,
    /// and that is at most 128 times its size, or 64 MiB.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no whole profile in one of these formats: pprof's, the heap
    /// profiles of gperftools and tcmalloc as text, and those of jemalloc. Other formats older than
    /// pprof's are named, with the way to convert them.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let outcome = if path == Path::new("-") {
            read_all(io::stdin().lock(), 0, LARGEST).and_then(|data| data.ok_or(Problem::Large))
        } else {
            open_file(path)
        };
        let outcome = outcome.and_then(|data| parse_any(&data));
        outcome.map_err(|problem| ReadError::at(path, problem))
    }

    /// Reads what is in memory, gzipped or not.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), but for those of the system.
    pub fn parse(data: &[u8]) -> Result<Self, ReadError> {
        parse_any(data).map_err(ReadError::from)
    }
}

fn open_file(path: &Path) -> Result<Vec<u8>, Problem> {
    let file = File::open(path).map_err(Problem::Io)?;
    let about = file.metadata().map_err(Problem::Io)?;
    if about.is_dir() {
        return Err(Problem::Folder);
    }
    if about.len() > LARGEST {
        return Err(Problem::Large);
    }
    read_all(file, about.len(), LARGEST)?.ok_or(Problem::Large)
}

/// All there is, probably so many bytes; `None` if there is more than may be.
fn read_all(from: impl Read, expected: u64, most: u64) -> Result<Option<Vec<u8>>, Problem> {
    let mut data = Vec::new();
    // One more, as the end is found by reading on.
    let room = usize::try_from(expected.min(most) + 1).unwrap_or(usize::MAX);
    data.try_reserve_exact(room)
        .map_err(|error| Problem::Io(error.into()))?;
    from.take(most + 1)
        .read_to_end(&mut data)
        .map_err(Problem::Io)?;
    Ok((data.len() as u64 <= most).then_some(data))
}

fn parse_any(data: &[u8]) -> Result<Profile, Problem> {
    if data.is_empty() {
        return Err(Problem::Empty);
    }
    if !data.starts_with(GZIP) {
        return parse_unpacked(data);
    }
    parse_unpacked(&unpack(data)?)
}

fn unpack(data: &[u8]) -> Result<Vec<u8>, Problem> {
    let size = data.len() as u64;
    let most = size
        .saturating_mul(UNPACKED_RATIO)
        .clamp(UNPACKED_ALWAYS, LARGEST);
    // The last bytes say how many there are, of the last member if there are several.
    let said = data
        .last_chunk()
        .map_or(0, |said| u32::from_le_bytes(*said));
    let expected = u64::from(said).min(size.saturating_mul(UNPACKED_USUALLY));
    match read_all(MultiGzDecoder::new(data), expected, most) {
        Ok(unpacked) => unpacked.ok_or(Problem::Bomb(most)),
        Err(Problem::Io(error)) => Err(Problem::Gzip(error)),
        Err(problem) => Err(problem),
    }
}

fn parse_unpacked(data: &[u8]) -> Result<Profile, Problem> {
    if data.len() as u64 > LARGEST {
        return Err(Problem::Large);
    }
    if let Some(read) = heap_text::read(data) {
        return read;
    }
    super::decode::decode(data).map_err(|problem| match heap_text::other_format(data) {
        Some(format) => Problem::Convertible(format),
        None => known(data).map_or(problem, Problem::Other),
    })
}

/// What a file is that users take for a profile.
fn known(data: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 10] = [
        (GZIP, "packed twice"),
        (b"\x28\xb5\x2f\xfd", "packed with zstd"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"\x89PNG", "a PNG picture"),
        (b"%PDF", "a PDF document"),
        (b"\x7fELF", "a program or a library"),
        (b"PERFILE2", "a file of perf's"),
        (b"<", "a document of HTML or XML"),
        (b"{", "a document of JSON"),
    ];
    let found = kinds.iter().find(|(magic, _)| data.starts_with(magic));
    found.map(|(_, what)| *what)
}
