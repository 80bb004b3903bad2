"""The words of the language, in one place: modes, rules, patterns, and the words other engines use for them."""

from __future__ import annotations

LANGUAGE_VERSION = 1

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
ID_PATTERN = r"^[A-Za-z][A-Za-z0-9_]{0,79}$"
WORKFLOW_NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,79}$"
"""A workflow of the same file: never taken for a path, which has a `/` or an ending."""
INPUT_NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_]*$"
DURATION_PATTERN = r"^([0-9]+(\.[0-9]+)?(d|h|ms|m|s))+$"
RATE_PATTERN = r"^[1-9][0-9]*/(s|m|h)$"
SHARE_PATTERN = r"^(100|[0-9]{1,2})(\.[0-9]+)?%$"

MODES = ("sequential", "parallel", "conditional", "pipeline", "dag")
ORDERED_MODES = frozenset({"sequential", "conditional", "pipeline"})
TRIGGER_RULES = ("all_success", "none_failed", "all_done", "one_success", "one_failed", "all_failed")
EARLY_RULES = frozenset({"one_success", "one_failed"})
ON_ERROR = ("fail", "continue", "stop")
BACKOFFS = ("exponential", "linear", "constant")
PRIORITIES = ("critical", "high", "normal", "low")

CONCURRENCY_DEFAULT = 32

FILE_WORDS = frozenset(
    {
        "weft", "name", "description", "labels", "mode", "match", "concurrency", "timeout", "inputs",
        "let", "connections", "defaults", "context", "steps", "rescue", "finally", "outputs",
        "workflows", "triggers"
    }
)  # fmt: skip
STEP_WORDS = frozenset(
    {
        "id", "description", "tool", "operation", "with", "steps", "workflow", "mode", "match",
        "concurrency", "outputs", "needs", "trigger_rule", "when", "let", "foreach", "repeat", "cache",
        "rate_limit", "retry", "timeout", "priority", "on_error", "rescue", "finally", "undo",
        "context"
    }
)  # fmt: skip

# Where references stand, on the file and on a step; and the words inside these that take none.
TEMPLATE_WORDS = frozenset(
    {"with", "let", "connections", "outputs", "foreach", "cache", "undo", "when", "repeat"}
)
LITERAL_WORDS = frozenset(
    {
        ("foreach", "concurrency"),
        ("foreach", "tolerate"),
        ("repeat", "max"),
        ("repeat", "every"),
        ("cache", "ttl"),
        ("undo", "tool"),
        ("undo", "operation"),
    }
)

IN_ORDER = "steps in their order"
"""What takes the place of a word for where to begin."""

# Words of the design Weft comes from and of other engines -> what to write instead. Shown as a hint, never accepted.
# Written here in snake_case, they hold as dependsOn, depends-on and DependsOn too.
OTHER_WORDS_STEP = {
    "step_id": "id",
    "name": "id",
    "key": "id",
    "tool_name": "tool",
    "uses": "tool",
    "action": "tool",
    "type": "tool",
    "parameters": "with",
    "params": "with",
    "input_parameters": "with",
    "args": "with",
    "inputs": "with",
    "dependencies": "needs",
    "depends_on": "needs",
    "dependsOn": "needs",
    "depends": "needs",
    "requires": "needs",
    "after": "needs",
    "condition": "when",
    "conditions": "when",
    "if": "when",
    "step_type": "mode (of the group around it), when, foreach or repeat",
    "execution_mode": "mode",
    "retry_policy": "retry",
    "retries": "retry: {attempts: …}",
    "retry_count": "retry: {attempts: …} (attempts counts all tries)",
    "retry_delay": "retry: {delay: …}",
    "timeout_seconds": "timeout",
    "stop_on_failure": "on_error: stop",
    "continue_on_error": "on_error: continue",
    "continueOn": "on_error: continue",
    "execution_context": "context",
    "loop": "foreach or repeat",
    "for_each": "foreach",
    "with_items": "foreach",
    "matrix": "foreach",
    "run": "tool: shell with {command: …}",
    "script": "tool: shell with {command: …}",
    "command": "tool: shell with {command: …}",
    "trigger": "trigger_rule",
    "tasks": "steps",
    "task_id": "id",
    "task": "tool",
    "template": "tool",
    "resource": "tool",
    "input": "with",
    "arguments": "with",
    "op_kwargs": "with",
    "env": "an env inside with (tool: shell)",
    "run_if": "when",
    "next": "needs (on the step that comes after)",
    "do": "needs (on the step that comes after)",
    "join": "needs",
    "choices": "mode: conditional with a `when` on each step",
    "cases": "mode: conditional with a `when` on each step",
    "branches": "mode: parallel with steps",
    "with_param": "foreach",
    "with_sequence": "foreach",
    "strategy": "foreach",
    "expand": "foreach",
    "iterator": "steps",
    "item_processor": "steps",
    "jobs": "steps",
    "max_parallel": "concurrency",
    "max_concurrency": "concurrency",
    "concurrency_limit": "concurrency",
    "parallelism": "concurrency",
    "retry_strategy": "retry",
    "allow_failure": "on_error: continue",
    "catch": "rescue",
    "except": "rescue",
    "errors": "rescue",
    "on_failure": "rescue",
    "on_exit": "finally",
    "ensure": "finally",
    "timeout_minutes": "timeout: …m",
    "execution_timeout": "timeout",
    "active_deadline_seconds": "timeout",
    "until": "repeat: {until: …, max: …}",
    "while": "repeat: {while: …, max: …}",
    "output": "outputs",
    "comment": "description",
}
OTHER_WORDS_FILE = {
    "version": "weft: 1",
    "workflow_id": "name",
    "id": "name",
    "tasks": "steps",
    "jobs": "steps",
    "stages": "steps",
    "params": "inputs",
    "parameters": "inputs",
    "variables": "inputs or let",
    "vars": "let",
    "env": "inputs or let",
    "global_context": "inputs",
    "execution_context": "context",
    "execution_mode": "mode",
    "retry_policy": "defaults: {retry: …}",
    "on_failure": "rescue",
    "on_error": "rescue",
    "schedule": "triggers (reserved)",
    "on": "triggers (reserved)",
    "result": "outputs",
    "api_version": "weft: 1",
    "kind": "weft: 1",
    "dag_id": "name",
    "states": "steps",
    "templates": "steps",
    "spec": "steps",
    "start_at": IN_ORDER,
    "entrypoint": IN_ORDER,
    "dag": "mode: dag",
    "input": "inputs",
    "output": "outputs",
    "metadata": "labels",
    "namespace": "labels",
    "default_args": "defaults",
    "plugin_defaults": "defaults",
    "task_defaults": "defaults",
    "stop_on_failure": "on_error: stop on the steps",
    "timeout_seconds": "timeout",
    "timeout_minutes": "timeout: …m",
    "retry_count": "defaults: {retry: {attempts: …}} (attempts counts all tries)",
    "step_type": "mode",
    "errors": "rescue",
    "catch": "rescue",
    "on_exit": "finally",
    "after_execution": "finally",
    "parallelism": "concurrency",
    "max_parallel": "concurrency",
    "max_active_tasks": "concurrency",
    "comment": "description",
}

OTHER_WORDS_FOREACH = {
    "items": "in",
    "item": "in",
    "list": "in",
    "over": "in",
    "each": "in",
    "values": "in",
    "max_parallel": "concurrency",
    "parallelism": "concurrency",
    "max_concurrency": "concurrency",
    "break": "break_when",
    "max_failures": "tolerate",
    "concurrency_limit": "concurrency",
    "parallel": "concurrency",
    "tolerated_failure_count": "tolerate",
    "tolerated_failure_percentage": "tolerate: 5%",
}
OTHER_WORDS_RETRY = {
    "max_attempts": "attempts",
    "max_retries": "attempts (all tries, the first included)",
    "retries": "attempts (all tries, the first included)",
    "limit": "attempts (all tries, the first included)",
    "count": "attempts (all tries, the first included)",
    "max": "attempts",
    "interval": "delay",
    "wait": "delay",
    "delay_seconds": "delay",
    "initial_delay": "delay",
    "strategy": "backoff",
    "multiplier": "factor",
    "backoff_multiplier": "factor",
    "backoff_factor": "factor",
    "exponential_base": "factor",
    "max_interval": "max_delay",
    "max_delay_seconds": "max_delay",
    "retry_on": "errors",
    "on": "errors",
    "max_duration": "within",
    "timeout": "within",
    "MaxAttempts": "attempts (all tries, the first included)",
    "interval_seconds": "delay",
    "duration": "delay",
    "backoff_rate": "factor",
    "error_equals": "errors",
    "retry_policy": "errors",
    "jitter_strategy": "jitter",
}

# Words the language has and this engine does not run yet -> where they may stand. `validate` says so as an info,
# `run` refuses.
UNBUILT_FILE = ("triggers",)
UNBUILT_STEP: tuple[str, ...] = ()
