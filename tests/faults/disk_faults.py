"""The workflow with everything in it on a machine whose system calls fail: what they do is told by strace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from crash_runs import Store, Told
from ledger_record import check_record

CALLS = "fdatasync,fsync,pwrite64,ftruncate"


@dataclass(frozen=True)
class Fault:
    """The `when`-th of a thread's calls on the file with this suffix: `how` is an error's name or a signal's.

    A `when` with a plus means that one and all after it.
    """

    how: str
    call: str
    file: str
    when: str

    def __str__(self) -> str:
        return f"{self.how}-{self.call}-{self.file or 'main'}-{self.when}"


class TracedStore(Store):
    """Runs a command under strace. `trace` is what that wrote: only the calls that were given a fault, and the like."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.trace = folder / "trace"

    def fail(self, fault: Fault, *arguments: str) -> Told:
        """The command (the run, where none is given) with the fault. One that was not met fails the test."""
        weft = "from engine.cli import main; main()"
        return self.trace_python(fault, weft, *(arguments or self.running), "--store", self.store)

    def trace_python(self, fault: Fault, code: str, *arguments: str) -> Told:
        """The same for any code."""
        injected = f"signal={fault.how}" if fault.how.startswith("SIG") else f"error={fault.how}"
        command = ["strace", "-f", "-y", "-o", str(self.trace), "-P", f"{self.store}{fault.file}"]
        command += ["-e", f"trace={CALLS}", "-e", f"inject={fault.call}:{injected}:when={fault.when}"]
        command += [sys.executable, "-c", code, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=os.environ, capture_output=True, text=True, timeout=120, check=False
        )
        told = Told(done.returncode, done.stdout, done.stderr)
        met = done.returncode == -signal.SIGKILL if fault.how == "SIGKILL" else self.after_the_fault()
        assert met, f"{fault} was not met: {told}"
        return told

    def after_the_fault(self) -> list[str]:
        """The traced calls from the first that failed on, that one too; empty where none failed."""
        lines = self.trace.read_text().splitlines()
        first = next((at for at, line in enumerate(lines) if "INJECTED" in line), len(lines))
        return lines[first:]

    def check_whole(self, repeats_max: int) -> None:
        """The doctor finds nothing, and record and ledger agree; the run may be anywhere."""
        doctor = self.weft("doctor", "--deep")
        assert doctor.code == 0, doctor.out + doctor.err
        if self.row() is not None:
            check_record(
                self.events(),
                self.noted(),
                repeats_max=repeats_max,
                repeated_as=("StepLost", "StepInterrupted", "nothing"),
            )

    def check_ended(self, repeats_max: int) -> None:
        """As `check_end`; what was repeated may have been stopped by its own process, which lived."""
        self.check_whole(repeats_max)
        row = self.row()
        assert row is not None
        assert row.status == "succeeded"
