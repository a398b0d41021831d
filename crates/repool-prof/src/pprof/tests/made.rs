//! Makes snapshots and their symbols by hand.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use repool_profile::symbols::ResolvedLine;

use crate::pprof::{Export, proto};
use crate::snapshot::{Frame, Memory, Module, Record, Snapshot, Stack, StackKind, StackLifetimes};

/// A snapshot, and the lines of its frames.
pub(super) struct Made {
    pub(super) snapshot: Snapshot,
    /// The source file of the frames that are made next.
    pub(super) file: String,
    lines: HashMap<Frame, Vec<ResolvedLine>>,
}

/// The addresses of the modules of each snapshot.
const PROGRAM: u64 = 0x5555_0000_0000;
const LIBRARY: u64 = 0x7fff_0000_0000;

impl Made {
    pub(super) fn new() -> Self {
        let module = |path: &str, start, build_id: &[u8]| {
            Module::new(
                path.into(),
                start..start + 0x100_0000,
                start,
                build_id.to_vec(),
            )
        };
        Self {
            snapshot: Snapshot {
                taken: SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 5),
                duration: Duration::from_secs(60),
                rate: 512 * 1024,
                modules: [
                    module("/srv/app", PROGRAM, &[0xab, 0x01, 0xff]),
                    module("/srv/lib/libunused.so", 0x6666_0000_0000, &[7]),
                    module("/srv/lib/libc.so.6", LIBRARY, &[]),
                ]
                .into(),
                stacks: Vec::new(),
                memory: Memory::default(),
                session: 1,
                lost: 0,
                minor_faults: None,
            },
            file: "/src/app.rs".into(),
            lines: HashMap::new(),
        }
    }

    /// A frame of the program whose functions are `names`, the innermost first. A name that begins
    /// with `~` is folded; one that begins with `?` is an address.
    pub(super) fn frame(&mut self, offset: u64, names: &[&str]) -> Frame {
        self.frame_of(0, offset, names)
    }

    pub(super) fn frame_of(&mut self, module: u16, offset: u64, names: &[&str]) -> Frame {
        let line = |name: &&str| match name.strip_prefix('?') {
            Some(place) => ResolvedLine {
                name: place.into(),
                named: false,
                file: "".into(),
                line: 0,
                start_line: 0,
                folded: false,
            },
            None => ResolvedLine {
                name: name.trim_start_matches('~').into(),
                named: true,
                file: self.file.as_str().into(),
                line: 10 + offset as u32 % 100,
                start_line: 5,
                folded: name.starts_with('~'),
            },
        };
        let frame = Frame::new(module, offset);
        self.lines.insert(frame, names.iter().map(line).collect());
        frame
    }

    pub(super) fn stack(&mut self, frames: &[Frame], records: &[Record]) -> &mut Stack {
        self.snapshot.stacks.push(Stack {
            key: self.snapshot.stacks.len() as u32,
            kind: StackKind::Known,
            frames: frames.into(),
            records: records.to_vec(),
            lifetimes: StackLifetimes::default(),
            hooks: 0,
            prefixes: Vec::new(),
            origins: Some(Vec::new()),
        });
        self.snapshot.stacks.last_mut().unwrap()
    }

    pub(super) fn overflow(&mut self, records: &[Record]) {
        self.stack(&[], records).kind = StackKind::Overflow;
    }

    pub(super) fn export<'a>(
        &'a self,
        how: impl FnOnce(Export<'a>) -> Export<'a>,
    ) -> proto::Profile {
        let export = how(self.snapshot.export());
        export.profile_with(|frame| &self.lines[&frame])
    }

    pub(super) fn profile(&self) -> proto::Profile {
        self.export(|export| export)
    }
}

/// `alloc` blocks of `size` bytes, of which `inuse` are in use.
pub(super) fn record(size: u64, alloc: i64, inuse: i64) -> Record {
    Record {
        size,
        alloc_objects: alloc,
        alloc_bytes: alloc * size as i64,
        inuse_objects: inuse,
        inuse_bytes: inuse * size as i64,
        ..Record::default()
    }
}

/// A snapshot with inlined functions, a library, folded frames, stacks without frames, and several
/// sizes.
pub(super) fn a_bit_of_all() -> Made {
    let mut made = Made::new();
    let alloc = made.frame(
        0x100,
        &["~alloc::alloc::alloc", "~<Vec<T> as Extend<T>>::extend"],
    );
    let push = made.frame(
        0x200,
        &["~Vec<T>::push", "app::Log<K, V>::line", "app::serve"],
    );
    let main = made.frame(0x300, &["app::main"]);
    let start = made.frame_of(2, 0x400, &["__libc_start_main"]);
    let jit = made.frame_of(Frame::NO_MODULE, 0x1234_5678, &["0x12345678"]);
    made.stack(
        &[alloc, push, main, start],
        &[record(64, 1000, 10), record(4096, 30, 0)],
    );
    made.stack(&[push, main, start], &[record(64, 5, 5)]);
    made.stack(&[alloc, main, start], &[record(16, 7, 7)]);
    made.stack(&[jit, start], &[record(128, 2, 2)]);
    made.stack(&[alloc], &[record(32, 1, 0)]);
    made.stack(&[], &[record(8, 3, 1)]);
    made.overflow(&[Record {
        size: 0,
        ..record(100, 9, 4)
    }]);
    made
}
