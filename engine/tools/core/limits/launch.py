"""Sets limits on this process and becomes the program it is told. A script: `launch.py FD LIMITS PROGRAM ARG…`.

Not by a function between fork and exec, which may hang in a process with threads. LIMITS is `NUMBER=MOST,…`; that the program
cannot be run is written to FD, as the number of the error. Imports the standard library alone.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys

CPU_GRACE_SECONDS = 2
"""What a program that ignores SIGXCPU gets before SIGKILL."""


def main() -> None:
    """The whole life of the process before it is another's."""
    failed, limits, argv = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    os.set_inheritable(failed, False)
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and so by what it becomes
        signal.signal(ignored, signal.SIG_DFL)
    try:
        for limit in limits.split(","):
            number, _, most = limit.partition("=")
            _lower(int(number), int(most))
        os.execvp(argv[0], argv)  # noqa: S606 - to become what the author wrote is its purpose
    except OSError as error:
        os.write(failed, str(error.errno).encode())
    except MemoryError:
        os.write(failed, str(errno.ENOMEM).encode())
    os._exit(127)


def _lower(number: int, most: int) -> None:
    _, hard = resource.getrlimit(number)
    ceiling = most + CPU_GRACE_SECONDS if number == resource.RLIMIT_CPU else most
    if hard != resource.RLIM_INFINITY:
        most, ceiling = min(most, hard), min(ceiling, hard)
    resource.setrlimit(number, (most, ceiling))


if __name__ == "__main__":
    main()
