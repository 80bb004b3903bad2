"""The whole contract: as a function that tells everything that is broken, and as a class for pytest, one test a promise."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from engine.testing import clauses
from engine.testing.clauses import CLAUSES, Clause
from engine.testing.tried import Example, NotShown, Tried, tried


class ContractBroken(AssertionError):
    """A tool does not keep what every tool promises; `problems` are by the names of the clauses."""

    def __init__(self, problems: Mapping[str, Sequence[str]]) -> None:
        lines = [f"{name}: {line}" for name, told in problems.items() for line in told]
        super().__init__("\n".join(lines))
        self.problems = dict(problems)


@dataclass(slots=True)
class Report:
    """What was put to the test. `not_shown`: the promises that no example shows, with what is missing."""

    kept: list[str] = field(default_factory=list)
    not_shown: dict[str, str] = field(default_factory=dict)


def contract(
    tool: Any,
    examples: Sequence[Example] = (),
    *,
    config: Mapping[str, Any] | None = None,
    name: str | None = None,
    secrets: Sequence[str] = (),
    folder: Path | None = None,
    declared: bool = True,
) -> Report:
    """Hold a tool to the contract: a Tool class, an instance, a function, a Declaration or the name of an installed tool.

    `config`: the settings of its connection. `secrets`: texts that no error may hold, beside settings called password, token
    and the like. `folder`: the project folder of the calls; None: an empty one. `declared`: whether the examples of its
    schemas are called too. Raises ContractBroken with everything that is wrong, UsageError for what is no tool.
    """
    report = Report()
    broken: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="weft-contract-") as empty:
        about = tried(
            tool,
            examples,
            folder=folder or Path(empty),
            config=config,
            name=name,
            secrets=secrets,
            declared=declared,
        )
        for clause in CLAUSES:
            try:
                problems = list(clause(about))
            except NotShown as missing:
                report.not_shown[clause.__name__] = str(missing)
                continue
            if problems:
                broken[clause.__name__] = problems
            else:
                report.kept.append(clause.__name__)
    if broken:
        raise ContractBroken(broken)
    return report


class ToolContract:
    """Derive a class whose name begins with Test, and say what `tool` is. A promise that no example shows is skipped, visibly.

    `folder` of a test is pytest's `tmp_path`; `prepare(folder)` may put files there.
    """

    tool: ClassVar[Any] = None
    config: ClassVar[Mapping[str, Any] | None] = None
    examples: ClassVar[Sequence[Example]] = ()
    secrets: ClassVar[Sequence[str]] = ()
    declared: ClassVar[bool] = True

    def prepare(self, folder: Path) -> None:
        """Put into the project folder of the calls what the examples need."""

    def _hold(self, clause: Clause, folder: Path) -> None:
        self.prepare(folder)
        try:
            problems = list(clause(self._tried(folder)))
        except NotShown as missing:
            import pytest

            pytest.skip(str(missing))
        if problems:
            raise ContractBroken({clause.__name__: problems})

    def _tried(self, folder: Path) -> Tried:
        given = vars(type(self)).get("tool", type(self).tool)  # a function is not to become a method
        return tried(
            given,
            self.examples,
            folder=folder,
            config=self.config,
            secrets=self.secrets,
            declared=self.declared,
        )

    def test_schemas_round_trip(self, tmp_path: Path) -> None:
        self._hold(clauses.schemas_round_trip, tmp_path)

    def test_examples_fit(self, tmp_path: Path) -> None:
        self._hold(clauses.examples_fit, tmp_path)

    def test_examples_run(self, tmp_path: Path) -> None:
        self._hold(clauses.examples_run, tmp_path)

    def test_results_fit(self, tmp_path: Path) -> None:
        self._hold(clauses.results_fit, tmp_path)

    def test_cancel_ends_a_call(self, tmp_path: Path) -> None:
        self._hold(clauses.cancel_ends_a_call, tmp_path)

    def test_repeatable_repeats(self, tmp_path: Path) -> None:
        self._hold(clauses.repeatable_repeats, tmp_path)

    def test_close_twice(self, tmp_path: Path) -> None:
        self._hold(clauses.close_twice, tmp_path)

    def test_no_secret_in_errors(self, tmp_path: Path) -> None:
        self._hold(clauses.no_secret_in_errors, tmp_path)

    def test_is_retryable_is_total(self, tmp_path: Path) -> None:
        self._hold(clauses.is_retryable_is_total, tmp_path)

    def test_health_check_answers(self, tmp_path: Path) -> None:
        self._hold(clauses.health_check_answers, tmp_path)

    def test_imports_are_lazy(self, tmp_path: Path) -> None:
        self._hold(clauses.imports_are_lazy, tmp_path)
