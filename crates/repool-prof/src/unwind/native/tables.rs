//! Computes the step of an instruction from its module's `.eh_frame`, by gimli.
//!
//! A function's entry is a program that describes a table with a row for each instruction. Three
//! columns of a row are kept: the caller's stack pointer, `rbp`, and the return address. Compilers'
//! programs remember and restore whole rows, which three columns make cheap.

use core::ops::Range;

use gimli::{
    BaseAddresses, CallFrameInstruction, CommonInformationEntry, EhFrame, EhFrameHdr, EndianSlice,
    Expression, FrameDescriptionEntry, LittleEndian, Operation, Pointer, Register,
    UnwindExpression, UnwindSection, X86_64,
};

use super::image::Image;
use super::loader::LoadedModule;
use super::rule::{BaseRegister, Cfa, SavedRegister, Step};

type EhFrameReader = EndianSlice<'static, LittleEndian>;

/// The columns of a row that are kept. `None` for a column that depends on another register, or has
/// a form that compilers do not write; functions of the loader have such rows.
#[derive(Clone, Copy)]
struct UnwindRow {
    /// The caller's stack pointer is `base` plus `offset`, or if `stored` the word at that address.
    base: Option<BaseRegister>,
    offset: i64,
    stored: bool,
    rbp: Option<SavedRegister>,
    ra: Option<SavedRegister>,
}

/// The most rows that a program may remember at the same time.
const REMEMBERED: usize = 6;

/// How the frame at `pc` leads to its caller's; `None` if it is the outermost, or has no tables.
///
/// Three functions do the work, of which one at a time is on the stack, to keep the stack small.
///
/// # Safety
///
/// `pc` is in `module`, which stays loaded meanwhile (U2).
#[cold]
#[inline(never)]
pub(super) unsafe fn step(pc: u64, module: &LoadedModule) -> Option<Step> {
    // SAFETY: this function's own contract.
    let (section, bases, at) = unsafe { search(pc, module) }?;
    let entry = parse(&section, &bases, at)?;
    if !entry.contains(pc) {
        return None;
    }
    let row = run(&section, &bases, &entry, pc)?;
    let base = row.base?;
    Some(Step {
        cfa: if row.stored {
            Cfa::At(base, row.offset)
        } else {
            Cfa::Plus(base, row.offset)
        },
        rbp: row.rbp.unwrap_or(SavedRegister::Lost),
        ra: row.ra?,
        signal: entry.is_signal_trampoline(),
    })
}

/// The addresses of the function that contains `pc`.
///
/// # Safety
///
/// As for `step`.
pub(super) unsafe fn function(pc: u64, module: &LoadedModule) -> Option<Range<u64>> {
    // SAFETY: this function's own contract.
    let (section, bases, at) = unsafe { search(pc, module) }?;
    let entry = parse(&section, &bases, at)?;
    let start = entry.initial_address();
    let end = start.checked_add(entry.len())?;
    entry.contains(pc).then_some(start..end)
}

/// The module's `.eh_frame`, and the offset in it of the entry of the function that contains `pc`, or
/// if none does of the function before.
///
/// # Safety
///
/// As for `step`.
#[inline(never)]
unsafe fn search(
    pc: u64,
    module: &LoadedModule,
) -> Option<(EhFrame<EhFrameReader>, BaseAddresses, usize)> {
    if module.eh_frame_hdr == 0 {
        return None;
    }
    // SAFETY: this function's own contract; the loader says where `.eh_frame_hdr` is.
    let (image, header) = unsafe {
        let image = Image::of(module)?;
        let header = image.bytes_from(module.eh_frame_hdr)?;
        (image, header)
    };
    let bases = BaseAddresses::default().set_eh_frame_hdr(module.eh_frame_hdr);
    let header = EhFrameHdr::new(header, LittleEndian)
        .parse(&bases, 8)
        .ok()?;
    let Pointer::Direct(eh_frame) = header.eh_frame_ptr() else {
        return None;
    };
    let entry = header.table()?.lookup(pc, &bases).ok()?.direct().ok()?;
    // SAFETY: this function's own contract; `.eh_frame_hdr` says where `.eh_frame` is.
    let bytes = unsafe { image.bytes_from(eh_frame) }?;
    Some((
        EhFrame::new(bytes, LittleEndian),
        bases.set_eh_frame(eh_frame),
        usize::try_from(entry.checked_sub(eh_frame)?).ok()?,
    ))
}

#[inline(never)]
fn parse(
    section: &EhFrame<EhFrameReader>,
    bases: &BaseAddresses,
    at: usize,
) -> Option<FrameDescriptionEntry<EhFrameReader>> {
    let partial = section.partial_fde_from_offset(bases, at.into()).ok()?;
    let cie = section.cie_from_offset(bases, partial.cie_offset()).ok()?;
    partial.parse(|_, _, _| Ok(cie.clone())).ok()
}

/// Runs the program of `entry` to the row for `pc`.
#[inline(never)]
fn run(
    section: &EhFrame<EhFrameReader>,
    bases: &BaseAddresses,
    entry: &FrameDescriptionEntry<EhFrameReader>,
    pc: u64,
) -> Option<UnwindRow> {
    let cie = entry.cie();
    let initial = UnwindRow {
        base: None,
        offset: 0,
        stored: false,
        rbp: Some(SavedRegister::Same),
        ra: None,
    };
    let mut program = Program {
        section,
        cie,
        location: entry.initial_address(),
        row: initial,
        initial,
        remembered: [initial; REMEMBERED],
        depth: 0,
    };
    let mut instructions = cie.instructions(section, bases);
    while let Some(instruction) = instructions.next().ok()? {
        program.run(instruction, u64::MAX)?;
    }
    program.initial = program.row;
    program.location = entry.initial_address();
    let mut instructions = entry.instructions(section, bases);
    while let Some(instruction) = instructions.next().ok()? {
        if program.run(instruction, pc)? {
            break;
        }
    }
    Some(program.row)
}

/// The interpreter of an entry's program.
struct Program<'a> {
    section: &'a EhFrame<EhFrameReader>,
    cie: &'a CommonInformationEntry<EhFrameReader>,
    location: u64,
    row: UnwindRow,
    /// The row after the common entry's program, to which registers are restored.
    initial: UnwindRow,
    remembered: [UnwindRow; REMEMBERED],
    depth: usize,
}

impl Program<'_> {
    /// Executes one instruction. `Some(true)` if it begins a row after that of `pc`, `None` if it is
    /// not supported.
    fn run(&mut self, instruction: CallFrameInstruction<usize>, pc: u64) -> Option<bool> {
        use CallFrameInstruction as I;
        match instruction {
            I::SetLoc { address } => return self.advance(address, pc),
            I::AdvanceLoc { delta } => {
                let bytes = u64::from(delta).checked_mul(self.cie.code_alignment_factor())?;
                return self.advance(self.location.checked_add(bytes)?, pc);
            }

            I::DefCfa { register, offset } => self.cfa(register, i64::try_from(offset).ok()?),
            I::DefCfaSf {
                register,
                factored_offset,
            } => {
                self.cfa(register, self.factored(factored_offset)?);
            }
            I::DefCfaRegister { register } => self.cfa(register, self.row.offset),
            I::DefCfaOffset { offset } => self.row.offset = i64::try_from(offset).ok()?,
            I::DefCfaOffsetSf { factored_offset } => {
                self.row.offset = self.factored(factored_offset)?;
            }
            I::DefCfaExpression { expression } => {
                let address = self.address(expression);
                self.row.base = address.map(|(base, ..)| base);
                (self.row.offset, self.row.stored) =
                    address.map_or((0, false), |(_, offset, stored)| (offset, stored));
            }

            I::Undefined { register } => self.set(register, Some(SavedRegister::Lost)),
            I::SameValue { register } => self.set(register, Some(SavedRegister::Same)),
            I::Offset {
                register,
                factored_offset,
            } => {
                let offset = self.factored(i64::try_from(factored_offset).ok()?)?;
                self.set(register, Some(SavedRegister::FromCfa(offset)));
            }
            I::OffsetExtendedSf {
                register,
                factored_offset,
            } => {
                self.set(
                    register,
                    Some(SavedRegister::FromCfa(self.factored(factored_offset)?)),
                );
            }
            I::Expression {
                register,
                expression,
            } => {
                let address = self.address(expression);
                let address = address.filter(|(_, _, stored)| !stored);
                self.set(
                    register,
                    address.map(|(base, offset, _)| SavedRegister::From(base, offset)),
                );
            }
            I::Restore { register } => match register {
                X86_64::RBP => self.row.rbp = self.initial.rbp,
                X86_64::RA => self.row.ra = self.initial.ra,
                _ => {}
            },
            I::ValOffset { register, .. }
            | I::ValOffsetSf { register, .. }
            | I::ValExpression { register, .. } => self.set(register, None),
            I::Register { dest_register, .. } => self.set(dest_register, None),

            I::RememberState => {
                *self.remembered.get_mut(self.depth)? = self.row;
                self.depth += 1;
            }
            I::RestoreState => {
                self.depth = self.depth.checked_sub(1)?;
                self.row = self.remembered[self.depth];
            }
            I::ArgsSize { .. } | I::NegateRaState | I::Nop => {}
            // Instructions that a later gimli adds.
            #[allow(unreachable_patterns)]
            _ => return None,
        }
        Some(false)
    }

    fn advance(&mut self, location: u64, pc: u64) -> Option<bool> {
        self.location = location;
        Some(location > pc)
    }

    fn factored(&self, offset: i64) -> Option<i64> {
        offset.checked_mul(self.cie.data_alignment_factor())
    }

    fn cfa(&mut self, register: Register, offset: i64) {
        self.row.base = base(register);
        self.row.offset = offset;
        self.row.stored = false;
    }

    fn set(&mut self, register: Register, saved: Option<SavedRegister>) {
        match register {
            X86_64::RBP => self.row.rbp = saved,
            X86_64::RA => self.row.ra = saved,
            _ => {}
        }
    }

    /// Decodes an expression of the forms that compilers write: a register, an offset, and whether
    /// the value is the word stored at that address.
    fn address(&self, expression: UnwindExpression<usize>) -> Option<(BaseRegister, i64, bool)> {
        let Expression(bytes) = expression.get(self.section).ok()?;
        let mut operations = Expression(bytes).operations(self.cie.encoding());
        let Some(Operation::RegisterOffset {
            register, offset, ..
        }) = operations.next().ok()?
        else {
            return None;
        };
        let (base, mut offset, mut stored) = (base(register)?, offset, false);
        while let Some(operation) = operations.next().ok()? {
            match operation {
                Operation::PlusConstant { value } if !stored => {
                    offset = offset.checked_add(i64::try_from(value).ok()?)?;
                }
                Operation::Deref {
                    size: 8,
                    space: false,
                    ..
                } if !stored => stored = true,
                _ => return None,
            }
        }
        Some((base, offset, stored))
    }
}

fn base(register: Register) -> Option<BaseRegister> {
    match register {
        X86_64::RSP => Some(BaseRegister::Rsp),
        X86_64::RBP => Some(BaseRegister::Rbp),
        _ => None,
    }
}
