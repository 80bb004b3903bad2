"""Executors and calls as the contract suite uses them: functions of an author's, called through the `python` tool."""

from __future__ import annotations

import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from engine.executors.port import ToolCall
from engine.tools.core.python.tool import Python
from engine.tools.port import CallContext, Result

FACTORY = "engine.tools.core.python.tool:Python"
SECONDS_MAX = 30.0

DEEDS = """
import os, signal, subprocess, sys, time

class Odd(Exception):
    pass

def double(n):
    return 2 * n

def where():
    return os.getpid()

def note(path, text):
    with open(path, "a") as file:
        file.write(text + "\\n")

def meet(path, name, others):
    open(os.path.join(path, name), "w").close()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if set(others) <= set(os.listdir(path)):
            return sorted(os.listdir(path))
        time.sleep(0.005)
    raise TimeoutError

def raises(said):
    raise Odd(said)

def exits(code):
    sys.exit(code)

def waits(path, context):
    note(path, str(os.getpid()))
    try:
        while True:
            context.check_cancelled()
            time.sleep(0.005)
    finally:
        note(path, "over")

def spins(path):
    note(path, str(os.getpid()))
    while True:
        pass

def ignores(path):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    spins(path)

def begets(path):
    child = subprocess.Popen(["sleep", "600"])
    note(path, str(child.pid))
    note(path, str(os.getpid()))
    child.wait()

def dies(number):
    os.kill(os.getpid(), number)
    time.sleep(20)

def leaves(code):
    os._exit(code)

def large(count):
    return "x" * count

def measure(text):
    return len(text)

def told(context):
    facts = [context.execution_id, context.step, context.instance, context.attempt, context.key]
    return [*facts, str(context.project_dir), str(context.run_dir), dict(context.context), context.principal.user_id]

def progresses(context):
    for n in range(3):
        context.progress(n, 3, "rows")

def logs(context):
    context.logger.warning("seen %s", "something")

def prints(*words):
    print(*words)
    os.write(1, b"from below\\n")

def secret():
    return os.environ.get("WEFT_SECRET_TOKEN")

async def later(n):
    import asyncio
    await asyncio.sleep(0)
    return n

def number(digits):
    return 10 ** digits
"""

PACKAGE = '''
from concurrent.futures import ThreadPoolExecutor

from engine.executors.answers import answered


class Side:
    """An executor on nothing but the port and the standard library."""

    capacity = 2

    def __init__(self, settings):
        self.settings = settings
        self.pool = ThreadPoolExecutor(2)
        self.calls = {}

    def submit(self, call):
        future = self.pool.submit(answered, call.tool, call.operation, call.parameters, call.context)
        self.calls[future] = call
        return future

    def cancel(self, future):
        if not future.cancel() and not future.done():
            self.calls[future].context.cancel_now()

    def close(self):
        self.pool.shutdown()
'''


def install_side(site: Path) -> None:
    """A package of its own, with an entry point, as an installer leaves it."""
    (site / "weft_side.py").write_text(PACKAGE)
    (site / "weft_side_broken.py").write_text("import no_such_library\n")
    info = site / "weft_side-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weft-side\nVersion: 1.0\n")
    entries = "[weft.executors]\nside = weft_side:Side\nside-broken = weft_side_broken:Side\nside-bare = builtins:repr\n"
    (info / "entry_points.txt").write_text(entries)


@contextmanager
def on_path(site: Path) -> Iterator[None]:
    sys.path.insert(0, str(site))
    try:
        yield
    finally:
        sys.path.remove(str(site))
        sys.modules.pop("weft_side", None)


def write_deeds(folder: Path) -> None:
    (folder / "deeds.py").write_text(textwrap.dedent(DEEDS))


def call(folder: Path, deed: str, *args: Any, limit: float | None = None, **context: Any) -> ToolCall:
    parameters = {"call": f"deeds:{deed}", "args": list(args)}
    given = CallContext(project_dir=folder, run_dir=folder, **context)
    return ToolCall(partial(Python, {}), FACTORY, {}, "call", parameters, given, limit)


def ended(future: Any) -> Any:
    """Wait for a future to end; the future."""
    over = threading.Event()
    future.add_done_callback(lambda _: over.set())
    assert over.wait(SECONDS_MAX), "the call did not end"
    return future


def data(future: Any) -> Any:
    """The data of a call that succeeded."""
    answer = ended(future).result()
    assert isinstance(answer, Result), answer
    return answer.data
