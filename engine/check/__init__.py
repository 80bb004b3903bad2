"""The checks beyond schema and graph: one rule a file, one line each in `RULES`.

A rule gets the whole `Subject` and yields diagnostics. The tools' schemas come as plain data; no rule opens a file or a
connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.check.command_references import command_references
from engine.check.conditions import conditions
from engine.check.connections import connections
from engine.check.early_start import early_start
from engine.check.inputs import inputs
from engine.check.item_keys import item_keys
from engine.check.literal_texts import literal_texts
from engine.check.loop_items import loop_items
from engine.check.may_be_skipped import may_be_skipped
from engine.check.never_both import never_both
from engine.check.not_available import not_available
from engine.check.other_templates import other_templates
from engine.check.output_reads import output_reads
from engine.check.parameters import parameters
from engine.check.policy_allows import policy_allows
from engine.check.reference_places import reference_places
from engine.check.result_fields import result_fields
from engine.check.retry_errors import retry_errors
from engine.check.secret_defaults import secret_defaults
from engine.check.secrets_shown import secrets_shown
from engine.check.signal_schemas import signal_schemas
from engine.check.statuses import statuses
from engine.check.subject import Subject
from engine.check.tools_known import tools_known
from engine.check.unreachable import unreachable
from engine.check.unused_defaults import unused_defaults
from engine.check.unused_inputs import unused_inputs
from engine.check.waits_are_no_calls import waits_are_no_calls
from engine.check.workflow_inputs import workflow_inputs
from engine.check.workflow_outputs import workflow_outputs
from engine.diagnostics import Diagnostic

Rule = Callable[[Subject], Iterator[Diagnostic]]

RULES: tuple[Rule, ...] = (
    tools_known,
    connections,
    parameters,
    workflow_inputs,
    workflow_outputs,
    signal_schemas,
    literal_texts,
    command_references,
    reference_places,
    inputs,
    unused_inputs,
    conditions,
    loop_items,
    item_keys,
    statuses,
    output_reads,
    result_fields,
    unreachable,
    never_both,
    may_be_skipped,
    unused_defaults,
    early_start,
    policy_allows,
    secrets_shown,
    secret_defaults,
    retry_errors,
    other_templates,
    waits_are_no_calls,
    not_available,
)


def check(subject: Subject) -> list[Diagnostic]:
    """What every rule has to say."""
    return [found for rule in RULES for found in rule(subject)]


def check_runnable(subject: Subject) -> list[Diagnostic]:
    """Only what keeps a spec from being run at all: tools and operations that are not there."""
    return list(tools_known(subject))


__all__ = ["RULES", "Subject", "check", "check_runnable"]
