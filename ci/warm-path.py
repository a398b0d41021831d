"""Checks the machine code of the warm path. warm-path.sh runs it.

It learns from cargo's messages (standard input) where the example `warm_path` is, disassembles
it, and follows each probe instruction by instruction. Warm is what lies on some way from the
probe's entry to a return without a call of a `_slow` function. Every branch counts as going both
ways, whatever its condition: so the instructions are more than one call runs, and none is missed.

An abort handler of a critical section is not warm: only the kernel goes there, after a
preemption. Nor is a landing pad: only the unwinder goes there.
"""

import json
import re
import subprocess
import sys
from collections import namedtuple

# The probes that must pass, with the numbers of critical sections and calls of `recycle` on the warm path.
WARM = {
    "warm_get": (1, 0),
    "warm_drop": (1, 0),
    "warm_get_drop": (2, 0),
    "warm_own_recycle": (2, 1),
    "warm_buf_get": (1, 0),
    "warm_buf_drop": (1, 0),
    "warm_buf_get_drop": (2, 0),
}
# The probes that must be rejected, each for this reason alone. They make the check fail if it no longer
# detects anything.
REJECTED = {
    "rejected_lock": "locked",
    "rejected_store": "locked",
    "rejected_fence": "locked",
    "rejected_call": "call",
    "rejected_call_of_pointer": "call",
    "rejected_tail_call": "call",
    "rejected_tail_call_of_pointer": "indirect jump",
    "rejected_no_pool": "section",
    "rejected_no_return": "no warm path",
}

RECYCLE = "<warm_path::Own as repool::recycle::Recycle>::recycle"
# The ends of the warm path: the slow functions by name, and functions that never return.
LEAVES = re.compile(r"<?repool::.*_slow|core::panicking::.*|_Unwind_Resume")
# The suffixes that compiler and linker add to a name.
SUFFIX = re.compile(r"(::h[0-9a-f]{16})?(\.llvm\.\d+)?(@.*)?$")

# The section with the critical sections' exits, which belong to the functions that jump there.
STUBS = "__rseq_failure"
DESCRIPTORS = "__rseq_cs"
# The store of a descriptor, which begins a critical section.
OPENS = re.compile(r"mov +QWORD PTR fs:\[\w+\+0x8\],\w+$")

PREFIX = re.compile(
    r"(lock|rep(?:n?[ez])?|notrack|bnd|xacquire|xrelease|data16|addr32|[c-gs]s|rex\S*)(?: +|$)"
)
DEAD = ("ud1", "ud2", "hlt", "int3")
KERNEL = ("syscall", "sysenter", "int")

Instruction = namedtuple("Instruction", "text prefixes mnemonic operands refers section next")
Finding = namedtuple("Finding", "kind where text why")


def objdump(*arguments):
    command = ["objdump", "--wide", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


class Binary:
    """The contents of the file: instructions and functions by address."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        self.code = {}
        self.functions = {}  # start: (end, names)
        self.sections = {}  # name: (start, size, offset in the file)
        self.links = {}  # address: what the loader puts there

        rows = []
        section = None
        listing = ("-d", "--disassemble-zeroes", "-M", "intel", "--no-show-raw-insn")
        for line in objdump(*listing, path):
            if line.startswith("Disassembly of section "):
                section = line.split()[-1].rstrip(":")
            elif row := re.match(r" *([0-9a-f]+):\t(.*)$", line):
                rows.append((int(row[1], 16), row[2], section))
        for i, (address, text, section) in enumerate(rows):
            after, _, its_section = rows[i + 1] if i + 1 < len(rows) else (None, None, None)
            following = after if its_section == section else None
            self.code[address] = parse(text, section, following)

        for line in objdump("-h", "-t", "-R", "--demangle", path):
            if row := re.match(r"([0-9a-f]+) .{6}F \S+\t([0-9a-f]+) +(?:\.\w+ )?(.+)$", line):
                start, size = int(row[1], 16), int(row[2], 16)
                _, names = self.functions.get(start, (0, []))
                self.functions[start] = (start + size, [*names, SUFFIX.sub("", row[3])])
            elif row := re.match(r" *\d+ (\S+) +(\w{8}) +(\w{16}) +\w{16} +(\w{8}) ", line):
                size, start, offset = (int(number, 16) for number in row.groups()[1:])
                self.sections[row[1]] = (start, size, offset)
            elif row := re.match(r"([0-9a-f]{16}) R_X86_64_\w+ +(\S.*)$", line):
                self.links[int(row[1], 16)] = SUFFIX.sub("", row[2])

    def names(self, address):
        return self.functions.get(address, (0, []))[1]

    def word(self, address):
        """Eight bytes of the descriptors, after relocation."""
        if link := re.match(r"\*ABS\*\+0x([0-9a-f]+)$", self.links.get(address, "")):
            return int(link[1], 16)
        start, size, offset = self.sections[DESCRIPTORS]
        if not start <= address <= start + size - 8:
            raise LookupError(f"{address:#x} is not in {DESCRIPTORS}")
        at = offset + address - start
        return int.from_bytes(self.bytes[at : at + 8], "little")


def parse(text, section, following):
    text, _, comment = text.partition("#")
    # Without the nearest symbol that objdump prints, which may be another function's.
    text = text.partition("<")[0].strip()
    rest, prefixes = text, []
    while prefix := PREFIX.match(rest):
        prefixes.append(prefix[1])
        rest = rest[prefix.end() :]
    mnemonic, _, operands = rest.partition(" ")
    refers = re.match(r" *([0-9a-f]+)", comment)
    return Instruction(
        text,
        prefixes,
        # A branch hint is not part of the mnemonic.
        mnemonic.partition(",")[0],
        operands.strip(),
        int(refers[1], 16) if refers else None,
        section,
        following,
    )


def target(instruction):
    """The target of a jump or call; None if it is indirect."""
    there = re.match(r"(?:0x)?([0-9a-f]+)$", instruction.operands)
    return int(there[1], 16) if there else None


def callees(binary, instruction):
    """The names of the functions at the target of a call or jump."""
    linked = binary.links.get(instruction.refers, "what the binary does not tell")
    return binary.names(target(instruction)) or [linked]


def is_jump(instruction):
    return instruction.mnemonic.startswith(("j", "loop"))


def warm_path(binary, start):
    """The addresses of the warm instructions, the jumps that could not be followed, and the function's instructions."""
    end, _ = binary.functions[start]
    leads, returns, findings = {}, [], []

    def inside(address):
        if address not in binary.code:
            return False
        return start <= address < end or binary.code[address].section == STUBS

    def leaves(instruction):
        # Identical functions are folded to one address: then all must be slow.
        return all(LEAVES.fullmatch(name) for name in callees(binary, instruction))

    todo = [start]
    while todo:
        at = todo.pop()
        if at in leads:
            continue
        here = binary.code[at]
        leads[at] = ahead = []
        goes_on = here.mnemonic not in DEAD

        if here.mnemonic in ("ret", "retf"):
            returns.append(at)
            goes_on = False
        elif here.mnemonic == "call":
            # A call without a following instruction does not return.
            goes_on = inside(here.next) and not leaves(here)
        elif is_jump(here):
            there = target(here)
            goes_on = here.mnemonic != "jmp"
            if inside(there):
                ahead.append(there)
            elif not leaves(here):
                # A tail call: `judge` treats it as a call.
                returns.append(at)
        elif here.mnemonic.startswith(("(", ".")):
            findings.append(Finding("unreadable", at, here.text, "not an instruction"))

        if goes_on and inside(here.next):
            ahead.append(here.next)
        elif goes_on:
            findings.append(Finding("unreadable", at, here.text, "runs off the function's end"))
        todo.extend(ahead)

    # Backwards from the returns, over the reached instructions.
    comes_from = {}
    for at, ahead in leads.items():
        for there in ahead:
            comes_from.setdefault(there, []).append(at)
    warm, todo = set(), returns
    while todo:
        at = todo.pop()
        if at not in warm:
            warm.add(at)
            todo.extend(comes_from.get(at, []))
    if start not in warm:
        why = "no way to a return without a slow call"
        findings.append(Finding("no warm path", start, binary.code[start].text, why))
    return sorted(warm), findings, inside


def section_fault(binary, at, warm):
    """The fault of the critical section that the store at `at` begins, or None.

    All of it has to be warm: the private place's way as well as the magazine's.
    """
    stored = [here for here in binary.code.values() if here.next == at]
    if len(stored) != 1 or stored[0].mnemonic != "lea" or stored[0].refers is None:
        return "a descriptor that is not loaded just before"
    try:
        first = binary.word(stored[0].refers + 8)
        length = binary.word(stored[0].refers + 16)
    except LookupError as error:
        return f"a descriptor that cannot be read: {error}"
    if first != binary.code[at].next:
        return f"a descriptor of another section, at {first:#x}"
    inner = [address for address in binary.code if first <= address < first + length]
    cold = [address for address in inner if address not in warm]
    if not inner or cold:
        return f"a section whose instruction at {(cold or [first])[0]:#x} is not warm"
    return None


def judge(binary, probe, sections=1, recycles=0):
    """Checks one probe: returns a summary of its warm path, and the violations."""
    starts = [start for start, (_, names) in binary.functions.items() if probe in names]
    if len(starts) != 1 or starts[0] not in binary.code:
        why = f"{len(starts)} functions of this name in the binary"
        return "not found", [Finding("no probe", 0, probe, why)]
    warm, findings, inside = warm_path(binary, starts[0])
    opened, recycled = 0, 0

    def found(kind, why):
        findings.append(Finding(kind, at, here.text, why))

    for at in warm:
        here = binary.code[at]
        if "lock" in here.prefixes:
            found("locked", "a locked instruction")
        elif here.mnemonic == "xchg" and "[" in here.operands:
            found("locked", "an exchange with memory is locked without the prefix")
        elif here.mnemonic == "mfence":
            found("locked", "a full fence costs what a locked instruction does")
        elif here.mnemonic in KERNEL:
            found("call", "a call of the kernel")
        elif is_jump(here) and target(here) is None and here.refers not in binary.links:
            found("indirect jump", "a jump to where the binary does not tell")
        elif here.mnemonic == "call" or (is_jump(here) and not inside(target(here))):
            names = callees(binary, here)
            if names == [RECYCLE]:
                recycled += 1
                if recycled > recycles:
                    found("call", "one call of `recycle` more than it may have")
            else:
                found("call", f"a call of {' alias '.join(names)}")
        elif OPENS.match(here.text):
            opened += 1
            if fault := section_fault(binary, at, set(warm)):
                found("section", fault)

    at, here = starts[0], binary.code[starts[0]]
    if warm and opened != sections:
        found("section", f"{opened} critical sections on the warm path, not {sections}")
    if warm and recycled < recycles:
        found("call", f"{recycled} calls of `recycle`, not {recycles}: not what was to be read")
    kinds = [finding.kind for finding in findings]
    locked, calls = kinds.count("locked"), kinds.count("call")
    line = f"{len(warm)} instructions warm, {locked} locked, {calls} calls"
    return line + (" but recycle's" if recycled else ""), findings


def example(messages):
    for line in messages:
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message["executable"]:
            if message["target"]["name"] == "warm_path":
                return message["executable"]
    sys.exit("warm path: cargo built no example `warm_path`")


def main():
    binary = Binary(example(sys.stdin))
    failures = 0
    for probe, (sections, recycles) in WARM.items():
        line, findings = judge(binary, probe, sections, recycles)
        print(f"{probe.removeprefix('warm_')}: {line}")
        for finding in findings:
            print(f"FAILED {probe}: {finding.where:#x}: {finding.text}: {finding.why}")
        failures += len(findings)
    # After a failure these probes add nothing.
    for probe, kind in () if failures else REJECTED.items():
        _, findings = judge(binary, probe)
        kinds = sorted({finding.kind for finding in findings})
        if kinds != [kind]:
            print(f"FAILED {probe}: not rejected for `{kind}` alone, but for {kinds}")
            failures += 1
    if failures:
        sys.exit(f"warm path: {failures} failures")
    print(f"warm path: correct; {len(REJECTED)} probes with violations were rejected")


main()
