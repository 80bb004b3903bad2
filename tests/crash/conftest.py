"""Functions are called in threads of the process that dies: a worker for each of many hundred processes would add nothing.

`test_calls_in_worker_processes_are_made_again_as_any` names the other place.
"""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _functions_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_EXECUTOR", "threads")
