//! A decoder of the wire format of protocol buffers: a message is a sequence of fields, each with a
//! number and a value. `decode` and `lifetimes` read their messages with it.

/// Why a message cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WireError {
    /// The offset of the error in the file, in bytes.
    pub(super) at: usize,
    pub(super) what: WireErrorKind,
}

/// The kinds of [`WireError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireErrorKind {
    /// The data end within a field.
    Truncated,
    /// A field is longer than the message that contains it.
    TooLong,
    /// A varint has more than ten bytes.
    Number,
    /// A field has a wire type that does not exist.
    UnknownType,
    /// A field has another wire type than its number requires.
    WrongType,
}

/// The value of a field, by its wire type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Varint(u64),
    /// Four or eight bytes. No field of a profile has this type.
    Fixed,
    Bytes(Message<'a>),
}

/// The encoded bytes of a message, and their offset in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// A field: its number, its value, and its offset in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) value: Value<'a>,
    pub(super) at: usize,
}

impl<'a> Field<'a> {
    /// The value as a signed number. pprof's signed fields are `int64`, without zigzag encoding.
    pub(super) fn int(self) -> Result<i64, WireError> {
        self.uint().map(u64::cast_signed)
    }

    /// The value as an unsigned number.
    pub(super) fn uint(self) -> Result<u64, WireError> {
        match self.value {
            Value::Varint(number) => Ok(number),
            _ => Err(self.wrong_type()),
        }
    }

    /// The value as a message or a string.
    pub(super) fn message(self) -> Result<Message<'a>, WireError> {
        match self.value {
            Value::Bytes(message) => Ok(message),
            _ => Err(self.wrong_type()),
        }
    }

    /// Calls `each` for every number of a repeated field, packed or not.
    pub(super) fn numbers<E: From<WireError>>(
        self,
        mut each: impl FnMut(u64) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.value {
            Value::Varint(number) => each(number),
            Value::Bytes(mut packed) => {
                while !packed.bytes.is_empty() {
                    each(packed.varint()?)?;
                }
                Ok(())
            }
            Value::Fixed => Err(self.wrong_type().into()),
        }
    }

    /// The number of calls that [`numbers`](Self::numbers) makes at most; exact if it succeeds.
    pub(super) fn count_numbers(self) -> usize {
        match self.value {
            // Only the last byte of a varint is below 0x80.
            Value::Bytes(packed) => packed.bytes.iter().filter(|byte| **byte < 0x80).count(),
            _ => 1,
        }
    }

    fn wrong_type(self) -> WireError {
        WireError {
            at: self.at,
            what: WireErrorKind::WrongType,
        }
    }
}

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn error(self, what: WireErrorKind) -> WireError {
        WireError { at: self.at, what }
    }

    fn skip(&mut self, len: usize) {
        self.bytes = &self.bytes[len..];
        self.at += len;
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        // Most varints have one byte.
        if let [byte @ 0..0x80, ..] = self.bytes {
            let number = u64::from(*byte);
            self.skip(1);
            return Ok(number);
        }
        let mut number = 0;
        for (index, byte) in self.bytes.iter().take(10).enumerate() {
            // As pprof, discards bits beyond 64.
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.skip(index + 1);
                return Ok(number);
            }
        }
        Err(self.error(if self.bytes.len() < 10 {
            WireErrorKind::Truncated
        } else {
            WireErrorKind::Number
        }))
    }

    fn fixed(&mut self, len: usize) -> Result<Value<'a>, WireError> {
        if self.bytes.len() < len {
            return Err(self.error(WireErrorKind::Truncated));
        }
        self.skip(len);
        Ok(Value::Fixed)
    }

    /// Decodes the next field; `None` behind the last.
    pub(super) fn field(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let at = self.at;
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.fixed(8)?,
            2 => {
                let len = self.varint()?;
                let inside = usize::try_from(len).ok();
                let Some(bytes) = inside.and_then(|len| self.bytes.get(..len)) else {
                    return Err(self.error(WireErrorKind::TooLong));
                };
                let message = Message { bytes, at: self.at };
                self.skip(bytes.len());
                Value::Bytes(message)
            }
            5 => self.fixed(4)?,
            _ => {
                return Err(WireError {
                    at,
                    what: WireErrorKind::UnknownType,
                });
            }
        };
        Ok(Some(Field {
            number: key >> 3,
            value,
            at,
        }))
    }
}

/// Calls `visit` for every field.
pub(super) fn each<'a, E: From<WireError>>(
    mut message: Message<'a>,
    mut visit: impl FnMut(Field<'a>) -> Result<(), E>,
) -> Result<(), E> {
    while let Some(field) = message.field()? {
        visit(field)?;
    }
    Ok(())
}
