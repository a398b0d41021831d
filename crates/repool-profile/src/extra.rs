//! The text that carries [`Lifetimes`] in a profile's file.
//!
//! The format has no fields for them, and not every reader skips a field of an unknown number (the
//! npm package `pprof-format` 2.3 reads field numbers of one byte only). So a file carries them
//! where every reader accepts anything: as the last entry of the table of strings, to which nothing
//! refers. The text is [`MARKER`] and then the encoded message in base64 (RFC 4648, section 4,
//! padded). A program that rewrites the profile drops the text, or keeps it as any other string.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use prost::Message as _;

use super::proto::{Lifetimes, Profile};

/// The start of the text. The version in it changes if the encoding of the rest changes.
pub const MARKER: &str = "repool.extra.v1:";

/// The bytes of the message that `text` carries; `None` if it does not begin with [`MARKER`] or the
/// rest is not base64. The bytes need not be a valid message.
///
/// Allocates three bytes for each four of the text.
///
/// ```
/// use repool_profile::extra;
///
/// let text = extra::text(&[8, 1]);
/// assert_eq!(text, format!("{}CAE=", extra::MARKER));
/// assert_eq!(extra::message(text), Some(vec![8, 1]));
/// assert_eq!(extra::message("main"), None);
/// ```
#[must_use]
pub fn message(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let encoded = text.as_ref().strip_prefix(MARKER.as_bytes())?;
    BASE64.decode(encoded).ok()
}

/// The text that carries the bytes of a message, the inverse of [`message()`].
#[must_use]
pub fn text(message: &[u8]) -> String {
    let mut text = String::from(MARKER);
    BASE64.encode_string(message, &mut text);
    text
}

impl Profile {
    /// Encodes the profile as its file has it, before gzip: [`lifetimes`](Profile::lifetimes) are the
    /// last of its strings. [`Message::encode_to_vec`](prost::Message) writes them as a field of
    /// their own instead, as in older files. See the example of
    /// [`unpack_lifetimes`](Profile::unpack_lifetimes).
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        let mut bytes = self.encode_to_vec();
        if let Some(lifetimes) = &self.lifetimes {
            // Cuts the field off: it is the last, as fields are encoded in the order of their numbers.
            bytes.truncate(bytes.len() - prost::encoding::message::encoded_len(1000, lifetimes));
            let text = text(&lifetimes.encode_to_vec());
            prost::encoding::string::encode(6, &text, &mut bytes);
        }
        bytes
    }

    /// Moves the message that the last of the strings carries to [`lifetimes`](Profile::lifetimes),
    /// for programs that decode a file with [`prost::Message`]. Does nothing if that string carries
    /// no valid message.
    ///
    /// ```
    /// use prost::Message;
    /// use repool_profile::proto::{Lifetimes, Profile};
    ///
    /// let profile = Profile {
    ///     string_table: vec![String::new()],
    ///     lifetimes: Some(Lifetimes { rate: 1, ..Lifetimes::default() }),
    ///     ..Profile::default()
    /// };
    /// let mut read = Profile::decode(&*profile.to_file())?;
    /// assert_eq!((read.string_table.len(), &read.lifetimes), (2, &None));
    /// read.unpack_lifetimes();
    /// assert_eq!(read, profile);
    /// # Ok::<(), prost::DecodeError>(())
    /// ```
    pub fn unpack_lifetimes(&mut self) {
        let carried = self.string_table.last().and_then(message);
        if let Some(lifetimes) = carried.and_then(|bytes| Lifetimes::decode(&*bytes).ok()) {
            self.lifetimes = Some(lifetimes);
            self.string_table.pop();
        }
    }
}
