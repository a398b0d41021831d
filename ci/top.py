"""Runs Go's pprof and repool top on one profile: compares the texts, and prints time and memory of each.

    ci/with-go python3 ci/top.py OUR-TOP PROFILE [ROUNDS]

Fails if a text differs, or if repool top takes more memory. Times are only shown: they are ratios of one
moment.
"""

import os
import subprocess
import sys
import time


def run(command):
    """The output of a command, and its time in seconds and memory in MiB."""
    start = time.monotonic()
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    text = program.stdout.read()
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode != 0 or not text:
        sys.exit(f"{command[0]} failed")
    return text, time.monotonic() - start, usage.ru_maxrss / 1024


ours, profile = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
go = [os.environ["REPOOL_GO"], "tool", "-n", "pprof"]
pprof = subprocess.run(go, check=True, capture_output=True, text=True).stdout.strip()
for _ in range(rounds):
    theirs, their_time, their_memory = run([pprof, "-top", profile])
    text, our_time, our_memory = run([ours, profile])
    print(
        f"pprof {their_time:.2f} s {their_memory:.0f} MiB, ours {our_time:.2f} s {our_memory:.0f} MiB:"
        f" {our_time / their_time:.3f} of the time, {our_memory / their_memory:.3f} of the memory"
    )
    if text != theirs:
        sys.exit("the texts differ")
    if our_memory > their_memory:
        sys.exit("repool top takes more memory")
