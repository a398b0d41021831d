//! Decodes a file of results: UTF-16 if it has that byte order mark, else UTF-8. Invalid text is an error,
//! because replacement characters would make different names of benchmarks equal.

use std::fmt;

/// Why bytes are not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EncodingError {
    /// A byte that is not valid UTF-8.
    NotUtf8 {
        /// The line, from 1 on.
        line: usize,
        /// The byte.
        byte: u8,
    },
    /// An unpaired surrogate.
    LoneSurrogate {
        /// The line, from 1 on.
        line: usize,
        /// The surrogate.
        unit: u16,
    },
    /// UTF-16 that ends in half a unit.
    HalfUnit {
        /// The number of bytes.
        len: usize,
    },
    /// Zero bytes without a byte order mark: UTF-16 without the mark, or binary data.
    ZeroBytes {
        /// The line of the first, from 1 on.
        line: usize,
    },
}

impl fmt::Display for EncodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { line, byte } => write!(
                f,
                "line {line} is not UTF-8 (byte {byte:#04x}; Latin-1?); convert the file, as with \
                 iconv -f LATIN1 -t UTF-8"
            ),
            Self::LoneSurrogate { line, unit } => write!(
                f,
                "line {line} is not sound UTF-16 (surrogate {unit:#06x} without its other half); \
                 write the results again, as UTF-8 (PowerShell: | Out-File -Encoding utf8)"
            ),
            Self::HalfUnit { len } => write!(
                f,
                "is UTF-16 that ends in the middle of a character, after {len} bytes; copy or write \
                 it again"
            ),
            Self::ZeroBytes { line } => write!(
                f,
                "holds zero bytes (line {line}) and is no text in UTF-8; write the results as UTF-8 \
                 (PowerShell: | Out-File -Encoding utf8)"
            ),
        }
    }
}

/// The text of a file by its byte order mark: UTF-16 in either order (what PowerShell's `>` writes),
/// else UTF-8.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, EncodingError> {
    match &*bytes {
        [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => decode_utf8(rest.to_vec()),
        _ => decode_utf8(bytes),
    }
}

fn decode_utf8(bytes: Vec<u8>) -> Result<String, EncodingError> {
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let line = line_of(&bytes[..at]);
        return Err(EncodingError::ZeroBytes { line });
    }
    String::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        EncodingError::NotUtf8 {
            line: line_of(valid),
            byte: rest[0],
        }
    })
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, EncodingError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    for decoded in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        text.push(decoded.map_err(|error| EncodingError::LoneSurrogate {
            line: line_of(text.as_bytes()),
            unit: error.unpaired_surrogate(),
        })?);
    }
    match rest {
        [] => Ok(text),
        // With the byte order mark.
        _ => Err(EncodingError::HalfUnit {
            len: bytes.len() + 2,
        }),
    }
}

/// The line that follows these bytes, from 1 on.
fn line_of(before: &[u8]) -> usize {
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "goos: linux\nBenchmarkGröße-2 1 2 ns/op\r\n";

    fn utf16(mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = TEXT.encode_utf16().flat_map(bytes);
        mark.iter().copied().chain(units).collect()
    }

    #[test]
    fn a_byte_order_mark_tells_how_a_file_is_written() {
        let marked = [&[0xef, 0xbb, 0xbf], TEXT.as_bytes()].concat();
        for bytes in [
            utf16(&[0xff, 0xfe], u16::to_le_bytes),
            utf16(&[0xfe, 0xff], u16::to_be_bytes),
            marked,
            TEXT.into(),
        ] {
            assert_eq!(decode(bytes).as_deref(), Ok(TEXT));
        }
        assert_eq!(decode(Vec::new()).as_deref(), Ok(""));
    }

    #[test]
    fn broken_text_is_named_and_not_replaced() {
        let little = utf16(&[0xff, 0xfe], u16::to_le_bytes);
        let without_mark = decode(little[2..].to_vec());
        assert_eq!(without_mark, Err(EncodingError::ZeroBytes { line: 1 }));

        let half = decode(little[..little.len() - 1].to_vec());
        let len = little.len() - 1;
        assert_eq!(half, Err(EncodingError::HalfUnit { len }));

        let lone = decode(b"\xff\xfeA\0\n\0\0\xd8B\0".to_vec());
        let (line, unit) = (2, 0xd800);
        assert_eq!(lone, Err(EncodingError::LoneSurrogate { line, unit }));

        let latin1 = decode(b"goos: linux\nBenchmarkGr\xf6\xdfe-2 1 2 ns/op\n".to_vec());
        let (line, byte) = (2, 0xf6);
        assert_eq!(latin1, Err(EncodingError::NotUtf8 { line, byte }));

        // UTF-8 that is cut off in the middle of a character.
        let cut = decode("ö".as_bytes()[..1].to_vec());
        let (line, byte) = (1, 0xc3);
        assert_eq!(cut, Err(EncodingError::NotUtf8 { line, byte }));
    }

    #[test]
    fn what_is_wrong_is_one_line() {
        for error in [
            EncodingError::NotUtf8 {
                line: 2,
                byte: 0xf6,
            },
            EncodingError::LoneSurrogate {
                line: 2,
                unit: 0xd800,
            },
            EncodingError::HalfUnit { len: 3 },
            EncodingError::ZeroBytes { line: 1 },
        ] {
            let text = error.to_string();
            assert!(!text.contains('\n') && text.contains("; "), "{text}");
        }
    }
}
