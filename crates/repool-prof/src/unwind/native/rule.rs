//! The unwind rule of an instruction, from its frame to its caller's: as a [`Step`], and packed into
//! eight bytes as a [`Rule`].

/// A register to which an offset is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseRegister {
    /// The stack pointer.
    Rsp,
    /// The frame pointer.
    Rbp,
}

/// How the caller's stack pointer (the canonical frame address) is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cfa {
    /// A register plus an offset.
    Plus(BaseRegister, i64),
    /// The word stored at a register plus an offset: in functions that align the stack, and in
    /// signal frames.
    At(BaseRegister, i64),
}

/// Where the caller's value of a register is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SavedRegister {
    /// Still in the register.
    Same,
    /// Not saved.
    Lost,
    /// In memory, at an offset from the caller's stack pointer.
    FromCfa(i64),
    /// In memory, at an offset from a register.
    From(BaseRegister, i64),
}

/// How a frame leads to its caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The caller's stack pointer.
    pub cfa: Cfa,
    /// The caller's `rbp`.
    pub rbp: SavedRegister,
    /// The return address.
    pub ra: SavedRegister,
    /// Whether the kernel made the frame to call a signal handler.
    pub signal: bool,
}

/// An optional [`Step`], packed:
///
/// | bits | |
/// |---|---|
/// | 0 | the rule has a step; else all bits are 0 |
/// | 1 | `cfa` starts at `rbp` |
/// | 2 | `rbp` is stored at the caller's stack pointer and `rbp` offset |
/// | 3 | anything but `cfa` = register + offset, return address just below it, and `rbp` as bit 2 says |
/// | 4 | `cfa` is the word stored at register + offset |
/// | 5 | a signal frame |
/// | 6–8 | where `rbp` is, if bit 3 is set |
/// | 9–11 | where the return address is, if bit 3 is set |
/// | 12–23, 24–39, 40–63 | signed offsets of return address, `rbp` and `cfa`, in units of 8 bytes |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule(u64);

const HAS_STEP: u64 = 1;
const CFA_RBP: u64 = 1 << 1;
const RBP_STORED: u64 = 1 << 2;
const RARE: u64 = 1 << 3;
const CFA_AT: u64 = 1 << 4;
const SIGNAL: u64 = 1 << 5;
const RBP_KIND: u32 = 6;
const RA_KIND: u32 = 9;
const RA: (u32, u32) = (12, 12);
const RBP: (u32, u32) = (24, 16);
const CFA: (u32, u32) = (40, 24);

impl Rule {
    /// The rule of the outermost frame, or of one without tables.
    pub(super) const END: Self = Self(0);

    /// `None` if an offset does not fit, or is no multiple of 8.
    pub(super) fn pack(step: Step) -> Option<Self> {
        let (at, base, cfa) = match step.cfa {
            Cfa::Plus(base, offset) => (false, base, offset),
            Cfa::At(base, offset) => (true, base, offset),
        };
        let (rbp_kind, rbp) = kind(step.rbp);
        let (ra_kind, ra) = kind(step.ra);
        let stored = matches!(step.rbp, SavedRegister::FromCfa(_));
        let usual = !at
            && !step.signal
            && step.ra == SavedRegister::FromCfa(-8)
            && (stored || step.rbp == SavedRegister::Same);
        let mut bits = HAS_STEP | field(cfa, CFA)? | field(rbp, RBP)? | field(ra, RA)?;
        bits |= rbp_kind << RBP_KIND | ra_kind << RA_KIND;
        for (set, bit) in [
            (base == BaseRegister::Rbp, CFA_RBP),
            (stored, RBP_STORED),
            (!usual, RARE),
            (at, CFA_AT),
            (step.signal, SIGNAL),
        ] {
            bits |= if set { bit } else { 0 };
        }
        Some(Self(bits))
    }

    /// The inverse of `pack`.
    pub(super) fn unpack(self) -> Option<Step> {
        if self == Self::END {
            return None;
        }
        let (base, offset) = (self.cfa_base(), self.cfa_offset());
        Some(Step {
            cfa: if self.0 & CFA_AT != 0 {
                Cfa::At(base, offset)
            } else {
                Cfa::Plus(base, offset)
            },
            rbp: saved(self.0 >> RBP_KIND, self.rbp_offset()),
            ra: saved(self.0 >> RA_KIND, self.offset(RA)),
            signal: self.0 & SIGNAL != 0,
        })
    }

    /// Whether the frame has the usual layout: the caller's stack pointer is a register plus an
    /// offset, the return address is just below it, and `rbp` is either at an offset or still in its
    /// register.
    #[inline(always)]
    pub(super) fn is_usual(self) -> bool {
        self.0 & (HAS_STEP | RARE) == HAS_STEP
    }

    #[inline(always)]
    pub(super) fn cfa_base(self) -> BaseRegister {
        if self.0 & CFA_RBP == 0 {
            BaseRegister::Rsp
        } else {
            BaseRegister::Rbp
        }
    }

    #[inline(always)]
    pub(super) fn cfa_offset(self) -> i64 {
        self.offset(CFA)
    }

    /// Whether `rbp` is stored, `rbp_offset` bytes from the caller's stack pointer.
    #[inline(always)]
    pub(super) fn rbp_is_stored(self) -> bool {
        self.0 & RBP_STORED != 0
    }

    #[inline(always)]
    pub(super) fn rbp_offset(self) -> i64 {
        self.offset(RBP)
    }

    #[inline(always)]
    fn offset(self, (first, bits): (u32, u32)) -> i64 {
        ((self.0 << (64 - first - bits)) as i64 >> (64 - bits)) * 8
    }

    pub(super) fn to_bits(self) -> u64 {
        self.0
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

fn field(value: i64, (first, bits): (u32, u32)) -> Option<u64> {
    let units = value / 8;
    let half = 1 << (bits - 1);
    let fits = value % 8 == 0 && (-half..half).contains(&units);
    fits.then_some((units as u64 & ((1 << bits) - 1)) << first)
}

fn kind(saved: SavedRegister) -> (u64, i64) {
    match saved {
        SavedRegister::Same => (0, 0),
        SavedRegister::Lost => (1, 0),
        SavedRegister::FromCfa(offset) => (2, offset),
        SavedRegister::From(BaseRegister::Rsp, offset) => (3, offset),
        SavedRegister::From(BaseRegister::Rbp, offset) => (4, offset),
    }
}

fn saved(kind: u64, offset: i64) -> SavedRegister {
    match kind & 7 {
        0 => SavedRegister::Same,
        2 => SavedRegister::FromCfa(offset),
        3 => SavedRegister::From(BaseRegister::Rsp, offset),
        4 => SavedRegister::From(BaseRegister::Rbp, offset),
        _ => SavedRegister::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_every_form() {
        let places = |offset| {
            [
                SavedRegister::Same,
                SavedRegister::Lost,
                SavedRegister::FromCfa(offset),
                SavedRegister::From(BaseRegister::Rsp, offset),
                SavedRegister::From(BaseRegister::Rbp, offset),
            ]
        };
        for base in [BaseRegister::Rsp, BaseRegister::Rbp] {
            for cfa in [8, 16, 67_108_856, -67_108_864] {
                for cfa in [Cfa::Plus(base, cfa), Cfa::At(base, cfa)] {
                    for rbp in places(-262_144) {
                        for ra in places(16_376) {
                            for signal in [false, true] {
                                let step = Step {
                                    cfa,
                                    rbp,
                                    ra,
                                    signal,
                                };
                                let rule = Rule::pack(step).expect("it fits");
                                assert_eq!(rule.unpack(), Some(step));
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(Rule::END.unpack(), None);
        assert!(!Rule::END.is_usual());
    }

    #[test]
    fn the_usual_frame_is_read_without_unpacking() {
        let step = Step {
            cfa: Cfa::Plus(BaseRegister::Rbp, 16),
            rbp: SavedRegister::FromCfa(-16),
            ra: SavedRegister::FromCfa(-8),
            signal: false,
        };
        let rule = Rule::pack(step).expect("it fits");
        assert!(rule.is_usual() && rule.rbp_is_stored());
        assert_eq!(
            (rule.cfa_base(), rule.cfa_offset(), rule.rbp_offset()),
            (BaseRegister::Rbp, 16, -16)
        );
        let other = Step {
            rbp: SavedRegister::Lost,
            ..step
        };
        assert!(!Rule::pack(other).expect("it fits").is_usual());
        let other = Step {
            signal: true,
            ..step
        };
        assert!(!Rule::pack(other).expect("it fits").is_usual());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let step = |cfa, rbp| Step {
            cfa: Cfa::Plus(BaseRegister::Rsp, cfa),
            rbp: SavedRegister::FromCfa(rbp),
            ra: SavedRegister::FromCfa(-8),
            signal: false,
        };
        assert_eq!(Rule::pack(step(12, -16)), None, "no multiple of 8");
        assert_eq!(Rule::pack(step(1 << 26, -16)), None, "64 MiB");
        assert_eq!(Rule::pack(step(16, -262_152)), None);
        assert!(Rule::pack(step(16, -262_144)).is_some());
    }
}
