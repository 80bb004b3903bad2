"""The checks by name: records and one expectation -> what was found.

Laws: a check never raises for what the data says, only for an expectation that makes no sense (ToolError `invalid`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.tools.core.asserting.judging import Check, Finding, Subject
from engine.tools.core.asserting.record_checks import freshness, row_count, schema, unique
from engine.tools.core.asserting.value_checks import equals, foreign_key, in_range, in_set, not_null, regex


def evaluate(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    """The findings of one expectation: one per column, or one. Raises ToolError `invalid`."""
    return _CHECKS[expectation["check"]](subject, expectation)


_CHECKS: dict[str, Check] = {
    "not_null": not_null,
    "unique": unique,
    "range": in_range,
    "regex": regex,
    "in_set": in_set,
    "row_count": row_count,
    "schema": schema,
    "freshness": freshness,
    "foreign_key": foreign_key,
    "equals": equals,
}
