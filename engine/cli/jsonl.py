"""A run as JSON lines on standard output: every row as it is made, the result last.

`seq` numbers the lines of this stream. A reader that goes away does not stop the run: the lines are dropped, and the
process ends with the code of a closed pipe once the run has ended.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self, TextIO

from engine.app.bulk import Bulk
from engine.app.checking import Checked
from engine.cli.printing import json_text
from engine.execute.facts import Progress, Row
from engine.execute.kept import without_large
from engine.execute.times import rfc3339


def closing_line(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The only or last line of a stream without a result: `problems` of the spec, or an `error`."""
    head = {
        "seq": None,
        "time": rfc3339(time.time()),
        "kind": kind,
        "run_id": None,
        "instance": None,
        "attempt": None,
    }
    return {**head, **body}


class JsonLines:
    """Writes rows. Made for one run."""

    def __init__(self, stream: TextIO, bulk: Bulk) -> None:
        self._stream = stream
        self._bulk = bulk
        self._seq = 0
        self._run_id: str | None = None
        self._closed = False

    def know(self, checked: Checked) -> None:
        """Nothing of the spec is needed."""

    def see(self, row: Row | Progress) -> None:
        if isinstance(row, Progress):
            return
        payload = dict(without_large(row.payload))
        self._run_id = payload.pop("run_id", self._run_id)
        if "data" in payload and self._run_id:
            payload["data"] = self._bulk.moved(self._run_id, payload["data"])
        self._write(rfc3339(row.at), row.kind, row.instance, row.attempt, payload)

    def result(self, report: dict[str, Any]) -> None:
        """The last line: the result as `--output json` has it. Raises BrokenPipeError when nobody reads."""
        self._run_id = report["run_id"]
        rest = {key: value for key, value in report.items() if key not in ("run_id", "attempt")}
        self._write(
            rfc3339(time.time()), "result", None, report["attempt"], self._bulk.report(self._run_id, rest)
        )
        if self._closed:
            raise BrokenPipeError

    def _write(
        self, at: str | None, kind: str, instance: str | None, attempt: int | None, payload: dict[str, Any]
    ) -> None:
        if self._closed:
            return
        self._seq += 1
        head = {"seq": self._seq, "time": at, "kind": kind, "run_id": self._run_id}
        line = {**head, "instance": instance, "attempt": attempt, **payload}
        try:
            self._stream.write(json_text(line, None, self._stream.encoding) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
