//! The unwinder for x86-64 Linux with glibc: the walk from frame to frame.
//!
//! `loader` finds the module of an address, `image` its headers, and `tables` the rule of an
//! instruction in them. `rule` is the packed form that `rule_cache` keeps, `registry` numbers the
//! modules, and `stack` reads memory that may not be readable.

mod image;
mod loader;
mod registry;
mod rule;
mod rule_cache;
mod stack;
mod tables;
#[cfg(test)]
mod tests;

use core::arch::asm;
use core::ops::Range;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use loader::LoadedModule;
use rule::{BaseRegister, Cfa, SavedRegister, Step};
use stack::StackReader;

use super::{DEPTH, Unwind};
use crate::snapshot::{Frame, Module};

/// How stacks are unwound: `TABLES`, `FRAME_POINTERS`, or 0 before `prepare`.
static MODE: AtomicU8 = AtomicU8::new(0);
const TABLES: u8 = 1;
const FRAME_POINTERS: u8 = 2;

/// The start, end, bias and `.eh_frame_hdr` of the program itself, which is never unloaded. Written
/// once, before `MODE`.
static PROGRAM: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// Outermost frames that a walk by frame pointers may miss: those of libc, in which a thread or the
/// program begins.
const LIBC_START_FRAMES: usize = 3;

/// Walks the stack from the function that contains this macro. A function would not do: the frame
/// whose registers are read must still exist while the values that it saved are read.
macro_rules! walk {
    ($mode:expr, $frames:expr) => {{
        let registers;
        {
            let (pc, sp, rbp): (u64, u64, u64);
            // SAFETY: copies three registers.
            unsafe {
                asm!(
                    "lea {}, [rip]",
                    "mov {}, rsp",
                    "mov {}, rbp",
                    out(reg) pc,
                    out(reg) sp,
                    out(reg) rbp,
                    options(nomem, nostack, preserves_flags),
                );
            }
            registers = Registers { pc, sp, rbp };
        }
        // SAFETY: `sp` is this function's, which runs until the calls below return.
        let stack = unsafe { StackReader::new(registers.sp) };
        match $mode {
            TABLES => by_tables(registers, stack, $frames),
            FRAME_POINTERS => by_frame_pointers(registers, stack, $frames),
            _ => 0,
        }
    }};
}

/// Prepares the unwinder at the first call, and chooses how stacks are unwound.
pub(crate) fn prepare(choice: Unwind) -> Result<(), &'static str> {
    static READY: OnceLock<Result<(), &'static str>> = OnceLock::new();
    (*READY.get_or_init(get_ready))?;
    let mode = match choice {
        Unwind::Tables => TABLES,
        Unwind::FramePointers => FRAME_POINTERS,
        Unwind::Auto if frame_pointers_reach_as_far() => FRAME_POINTERS,
        Unwind::Auto => TABLES,
    };
    // Release: a thread that reads the mode also reads `PROGRAM` and the program's record.
    MODE.store(mode, Ordering::Release);
    Ok(())
}

fn get_ready() -> Result<(), &'static str> {
    loader::prepare()?;
    if !stack::choose_read_check() {
        return Err("the kernel does not say what memory can be read");
    }
    let module = loader::program().ok_or("the loader does not know the program")?;
    let path = std::fs::read_link("/proc/self/exe").unwrap_or_default();
    // SAFETY: the program is never unloaded, and it is the first module, as `MODE` is not set.
    unsafe { registry::add_program(&module, path.as_os_str().as_bytes()) };
    let values = [module.start, module.end, module.bias, module.eh_frame_hdr];
    for (word, value) in PROGRAM.iter().zip(values) {
        word.store(value, Ordering::Relaxed);
    }
    Ok(())
}

/// Whether both methods find the same frames here. The first frame is not compared, because it is
/// this function at two different calls.
#[inline(never)]
fn frame_pointers_reach_as_far() -> bool {
    let mut by_tables = [Frame::default(); DEPTH];
    let mut by_pointers = by_tables;
    let table_depth = capture_by(TABLES, &mut by_tables);
    let pointer_depth = capture_by(FRAME_POINTERS, &mut by_pointers);
    let both = table_depth.min(pointer_depth);
    both > 1
        && pointer_depth + LIBC_START_FRAMES >= table_depth
        && by_tables[1..both] == by_pointers[1..both]
}

/// Fills `frames` with the calls on the stack, the innermost first, and returns how many.
#[inline(never)]
pub(crate) fn capture(frames: &mut [Frame; DEPTH]) -> usize {
    walk!(MODE.load(Ordering::Acquire), frames)
}

/// As `capture`, by the method `mode`.
#[inline(never)]
fn capture_by(mode: u8, frames: &mut [Frame; DEPTH]) -> usize {
    walk!(mode, frames)
}

/// Whether stacks can be captured.
pub(crate) fn is_prepared() -> bool {
    MODE.load(Ordering::Acquire) != 0
}

/// The range of the program's function that contains the instruction at `pc`.
pub(crate) fn function_at(pc: u64) -> Option<Range<Frame>> {
    function_of(ModuleCursor::new().of(pc)?)
}

/// The range of the function that contains the instruction `frame`, which is on the calling thread's
/// stack or in the program's own code.
pub(crate) fn function_of(frame: Frame) -> Option<Range<Frame>> {
    let number = u16::try_from(frame.module()?).ok()?;
    let start = registry::start(number)?;
    let pc = start + frame.offset();
    let module = loader::find(pc)?;
    // SAFETY: U2; `pc` is in the module, and code on the stack or of the program is not unloaded.
    let function = unsafe { tables::function(pc, &module) }?;
    let place = |pc: u64| Some(Frame::new(number, pc.checked_sub(start)?));
    Some(place(function.start)?..place(function.end)?)
}

/// Every module that a captured frame can name, by its number.
pub(crate) fn modules() -> Vec<Module> {
    registry::modules()
}

/// Bytes of the unwinder's tables when they are full.
pub(crate) fn memory() -> usize {
    rule_cache::SIZE + registry::SIZE
}

/// The registers of a frame.
struct Registers {
    pc: u64,
    sp: u64,
    rbp: u64,
}

#[inline(always)]
fn by_tables(mut at: Registers, mut stack: StackReader, frames: &mut [Frame; DEPTH]) -> usize {
    let mut place = ModuleCursor::new();
    // The frame of the capturing function itself is not stored.
    let Some(mut frame) = place.of(at.pc) else {
        return 0;
    };
    let mut count = 0;
    loop {
        let Some(exact) = unwind_frame(frame, &place.module, &mut at, &mut stack) else {
            return count;
        };
        // The frame's instruction is the call: the one at the return address may be in another
        // function. If a signal interrupted the frame, it is the interrupted instruction itself.
        let pc = if exact { at.pc } else { at.pc.wrapping_sub(1) };
        if at.pc == 0 {
            return count;
        }
        at.pc = pc;
        let known = place.of(pc);
        frame = known.unwrap_or(Frame::new(Frame::NO_MODULE, pc));
        frames[count] = frame;
        count += 1;
        if known.is_none() || count == DEPTH {
            return count;
        }
    }
}

/// Goes from a frame to its caller's, and returns whether a signal interrupted the caller. `None` at
/// the end of the stack.
#[inline(always)]
fn unwind_frame(
    frame: Frame,
    module: &LoadedModule,
    at: &mut Registers,
    stack: &mut StackReader,
) -> Option<bool> {
    let step = match rule_cache::get(frame) {
        Some(rule) if rule.is_usual() => {
            let base = match rule.cfa_base() {
                BaseRegister::Rsp => at.sp,
                BaseRegister::Rbp => at.rbp,
            };
            let cfa = base.wrapping_add_signed(rule.cfa_offset());
            at.pc = stack.read(cfa.wrapping_sub(8))?;
            if rule.rbp_is_stored() {
                at.rbp = stack.read(cfa.wrapping_add_signed(rule.rbp_offset()))?;
            }
            at.sp = cfa;
            return stack.leave(cfa).then_some(false);
        }
        Some(rule) => rule.unpack(),
        None => look_up(frame, module, at.pc),
    };
    apply_step(step?, at, stack)
}

/// Computes a step from the tables, and caches it.
#[cold]
#[inline(never)]
fn look_up(frame: Frame, module: &LoadedModule, pc: u64) -> Option<Step> {
    // SAFETY: U2; `pc` is in the module.
    let step = unsafe { tables::step(pc, module) };
    let rule = step.map_or(Some(rule::Rule::END), rule::Rule::pack);
    // A frame in a module without a number has no unique key (U4).
    if let (Some(rule), Some(_)) = (rule, frame.module()) {
        rule_cache::put(frame, rule);
    }
    step
}

/// Goes to the caller's frame by a step of any form.
#[cold]
#[inline(never)]
fn apply_step(step: Step, at: &mut Registers, stack: &mut StackReader) -> Option<bool> {
    let (sp, rbp) = (at.sp, at.rbp);
    let from = |base, offset| {
        let base: u64 = match base {
            BaseRegister::Rsp => sp,
            BaseRegister::Rbp => rbp,
        };
        base.wrapping_add_signed(offset)
    };
    let cfa = match step.cfa {
        Cfa::Plus(base, offset) => from(base, offset),
        Cfa::At(base, offset) => stack.read(from(base, offset))?,
    };
    at.pc = match step.ra {
        SavedRegister::FromCfa(offset) => stack.read(cfa.wrapping_add_signed(offset))?,
        SavedRegister::From(base, offset) => stack.read(from(base, offset))?,
        SavedRegister::Same | SavedRegister::Lost => return None,
    };
    at.rbp = match step.rbp {
        SavedRegister::Same => rbp,
        SavedRegister::Lost => 0,
        SavedRegister::FromCfa(offset) => stack.read(cfa.wrapping_add_signed(offset))?,
        SavedRegister::From(base, offset) => stack.read(from(base, offset))?,
    };
    at.sp = cfa;
    if step.signal {
        stack.switch(cfa);
        return Some(true);
    }
    stack.leave(cfa).then_some(false)
}

#[inline(always)]
fn by_frame_pointers(at: Registers, mut stack: StackReader, frames: &mut [Frame; DEPTH]) -> usize {
    let mut place = ModuleCursor::new();
    let mut rbp = at.rbp;
    for (count, frame) in frames.iter_mut().enumerate() {
        let pair = (stack.read(rbp), stack.read(rbp.wrapping_add(8)));
        let (Some(next), Some(pc)) = pair else {
            return count;
        };
        // Ends at an address in no module: this is more likely no frame than generated code.
        let Some(known) = place.of(pc.wrapping_sub(1)) else {
            return count;
        };
        *frame = known;
        if !stack.leave(rbp.wrapping_add(16)) {
            return count + 1;
        }
        rbp = next;
    }
    DEPTH
}

/// The module of the last instruction, and its number, so that the next one in the same module is
/// found by one comparison.
struct ModuleCursor {
    module: LoadedModule,
    number: u16,
}

impl ModuleCursor {
    #[inline(always)]
    fn new() -> Self {
        Self {
            module: program(),
            number: 0,
        }
    }

    /// The frame of an instruction. Moves to its module if that is another one.
    #[inline(always)]
    fn of(&mut self, pc: u64) -> Option<Frame> {
        if !self.module.contains(pc) {
            self.look(pc)?;
        }
        Some(if self.number == Frame::NO_MODULE {
            Frame::new(Frame::NO_MODULE, pc)
        } else {
            Frame::new(self.number, pc - self.module.start)
        })
    }

    #[inline(never)]
    fn look(&mut self, pc: u64) -> Option<()> {
        let program = program();
        (self.module, self.number) = if program.contains(pc) {
            (program, 0)
        } else {
            let module = loader::find(pc)?;
            // SAFETY: U2; `pc` is in the module.
            let number = unsafe { registry::number(&module) };
            (module, number.unwrap_or(Frame::NO_MODULE))
        };
        Some(())
    }
}

#[inline(always)]
fn program() -> LoadedModule {
    let [start, end, bias, eh_frame_hdr] = PROGRAM
        .each_ref()
        .map(|value| value.load(Ordering::Relaxed));
    LoadedModule {
        start,
        end,
        bias,
        name: core::ptr::null(),
        eh_frame_hdr,
    }
}
