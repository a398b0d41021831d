//! The encoding of protocol buffers: a message is a row of fields, each with a number and a value.

/// Why a message cannot be read: at which byte of the whole, and what is wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WireError {
    pub(super) at: usize,
    pub(super) what: WireProblem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireProblem {
    /// The data end within a field.
    CutOff,
    /// A field is longer than what holds it.
    TooLong,
    /// A number has more than ten bytes.
    Number,
    /// A field is of a kind that there is not.
    Kind,
    /// A field is of another kind than it must be.
    OtherKind,
}

/// A field's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Varint(u64),
    /// Of four or eight bytes, which nothing in the format has.
    Fixed,
    Bytes(Message<'a>),
}

/// Bytes, and where in the whole they begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// A field: its number, its value, and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) value: Value<'a>,
    pub(super) at: usize,
}

impl<'a> Field<'a> {
    /// As a number with a sign, as all of the format's are.
    pub(super) fn int(self) -> Result<i64, WireError> {
        self.uint().map(u64::cast_signed)
    }

    pub(super) fn uint(self) -> Result<u64, WireError> {
        match self.value {
            Value::Varint(number) => Ok(number),
            _ => Err(self.other_kind()),
        }
    }

    pub(super) fn message(self) -> Result<Message<'a>, WireError> {
        match self.value {
            Value::Bytes(message) => Ok(message),
            _ => Err(self.other_kind()),
        }
    }

    /// One number of several, or several together.
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
            Value::Fixed => Err(self.other_kind().into()),
        }
    }

    /// How many numbers [`numbers`](Self::numbers) has at most; as many as it has if they are sound.
    pub(super) fn count_numbers(self) -> usize {
        match self.value {
            // The last byte of each is below 0x80.
            Value::Bytes(packed) => packed.bytes.iter().filter(|byte| **byte < 0x80).count(),
            _ => 1,
        }
    }

    fn other_kind(self) -> WireError {
        WireError {
            at: self.at,
            what: WireProblem::OtherKind,
        }
    }
}

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn error(self, what: WireProblem) -> WireError {
        WireError { at: self.at, what }
    }

    fn skip(&mut self, len: usize) {
        self.bytes = &self.bytes[len..];
        self.at += len;
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        // Nearly all are of one byte or two.
        if let [byte @ 0..0x80, ..] = self.bytes {
            let number = u64::from(*byte);
            self.skip(1);
            return Ok(number);
        }
        let mut number = 0;
        for (place, byte) in self.bytes.iter().take(10).enumerate() {
            // What does not fit into 64 bits is lost, as in other readers.
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                self.skip(place + 1);
                return Ok(number);
            }
        }
        Err(self.error(if self.bytes.len() < 10 {
            WireProblem::CutOff
        } else {
            WireProblem::Number
        }))
    }

    fn fixed(&mut self, len: usize) -> Result<Value<'a>, WireError> {
        if self.bytes.len() < len {
            return Err(self.error(WireProblem::CutOff));
        }
        self.skip(len);
        Ok(Value::Fixed)
    }

    /// The next field; `None` after the last.
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
                    return Err(self.error(WireProblem::TooLong));
                };
                let message = Message { bytes, at: self.at };
                self.skip(bytes.len());
                Value::Bytes(message)
            }
            5 => self.fixed(4)?,
            _ => {
                return Err(WireError {
                    at,
                    what: WireProblem::Kind,
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

/// Does something with every field.
pub(super) fn each<'a, E: From<WireError>>(
    mut message: Message<'a>,
    mut take: impl FnMut(Field<'a>) -> Result<(), E>,
) -> Result<(), E> {
    while let Some(field) = message.field()? {
        take(field)?;
    }
    Ok(())
}
