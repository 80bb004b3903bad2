"""The language as pydantic models: the source of `schemas/workflow.schema.json`, its descriptions and examples.

Not imported when a spec is validated (pydantic costs 70 ms): the written schema is. A test fails when the two differ.
Types are what an author may write; what a value means stands in `workflow.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from engine.spec import words

Text = Annotated[str, WithJsonSchema({"type": "string"})]
Duration = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "a duration: 250ms, 30s, 5m, 1h30m, 2d, or seconds as a number; more than 0",
            "type": ["string", "number"],
            "pattern": words.DURATION_PATTERN,
            "exclusiveMinimum": 0,
            "examples": ["30s", "5m", "1h30m"],
        }
    ),
]
Rate = Annotated[
    str,
    WithJsonSchema(
        {
            "description": "calls per second, minute or hour: 10/s, 60/m, 1000/h",
            "type": "string",
            "pattern": words.RATE_PATTERN,
            "examples": ["10/s", "60/m"],
        }
    ),
]
Share = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "a count, or a share of the items such as 5%",
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": words.SHARE_PATTERN,
            "examples": [3, "5%"],
        }
    ),
]
Slots = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "most tool calls at once, at least 1; `all`: no limit",
            "type": ["integer", "string"],
            "minimum": 1,
            "enum_text": ["all"],
            "examples": [8, "all"],
        }
    ),
]
Condition = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "a bare expression that must be true or false, such as: inputs.limit > 10",
            "type": ["string", "boolean"],
            "examples": ["inputs.limit > 10", "step_check_result.passed"],
        }
    ),
]
Value = Annotated[Any, WithJsonSchema({"description": "any value; `$<…>` references are resolved"})]
StepId = Annotated[
    str,
    WithJsonSchema(
        {
            "description": "the step's name, unique in the file (case ignored)",
            "type": "string",
            "pattern": words.ID_PATTERN,
            "examples": ["extract"],
        }
    ),
]
Context = Annotated[
    dict[str, Any], WithJsonSchema({"description": "handed to tools, merged inwards", "type": "object"})
]
Mode = Literal["sequential", "parallel", "conditional", "pipeline", "dag"]
Values = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": words.INPUT_NAME_PATTERN},
            "additionalProperties": True,
        }
    ),
]


class Word(BaseModel):
    """Every mapping of the language: unknown keys are errors, `x-` keys are the author's own."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Retry(Word):
    """When a failed attempt is tried again."""

    attempts: Annotated[int, Field(ge=1, le=10_000)] = Field(3, description="all tries, the first included")
    delay: Duration = Field("1s", description="before the second try")
    backoff: Literal["exponential", "linear", "constant"] = Field(
        "exponential", description="how the delay grows"
    )
    factor: Annotated[float, Field(ge=1, le=100)] = Field(
        2, description="exponential: what the delay is multiplied by"
    )
    max_delay: Duration = Field("60s", description="no delay is longer")
    jitter: bool = Field(True, description="wait a random share of the delay (full jitter)")
    errors: list[Text] = Field(
        default_factory=list,
        description="error types or codes worth another try; default: timeout connection rate_limit unavailable lost",
        examples=[["timeout", "HTTP 5xx"], ["any"]],
    )
    within: Duration = Field(None, description="no try begins later than this after the first")


class Defaults(Word):
    """`timeout` and `retry` of every tool step of the file that has none of its own."""

    timeout: Duration = Field(None, description="one attempt")
    retry: Retry = Field(None)


class Foreach(Word):
    """A loop over items."""

    in_: Value = Field(alias="in", description="list, mapping, or a reference to one")
    key: Text = Field(
        None, description="a bare expression that names an item; must be unique", examples=["item.id"]
    )
    concurrency: Slots = Field(None, description="items at once, 1 by default; `all`: no limit")
    tolerate: Share = Field(None, description="failed items that do not fail the loop: a count or a share")
    break_when: Condition = Field(None, description="looked at after each item; true ends the loop")


class Repeat(Word):
    """A loop until (or while) a condition holds."""

    until: Condition = Field(None, description="tested after each iteration; `last` is its data")
    while_: Condition = Field(None, alias="while", description="tested before each iteration")
    max: Annotated[int, Field(ge=1)] = Field(description="most iterations")
    every: Duration = Field(None, description="the pause between two iterations")


class Cache(Word):
    """Reuse of an earlier success."""

    ttl: Duration = Field(description="how long a result may be reused")
    key: Value = Field(None, description="part of the key besides tool, operation and parameters")


class Undo(Word):
    """The compensation of a step, run when the run fails later."""

    tool: Text = Field(description="a tool or connection")
    operation: Text = Field(None, description="which of the tool's operations")
    with_: dict[str, Any] = Field(
        None, alias="with", description="parameters; may read the step's own result"
    )
    retry: Retry = Field(None, description="of the undo itself; default: that of the file")
    timeout: Duration = Field(None, description="one attempt")


class Step(Word):
    """One step: a tool call, a group of steps, or another workflow."""

    id: StepId
    description: Text = Field(None, description="for the reader")
    tool: Text = Field(
        None,
        description="a registered tool or a connection",
        examples=["echo", "shell", "python", "sql", "http"],
    )
    operation: Text = Field(
        None, description="which of the tool's operations; may be left out where it has a default"
    )
    with_: dict[str, Any] = Field(
        None, alias="with", description="the tool's parameters, or the workflow's inputs"
    )
    steps: Annotated[list[Step], Field(min_length=1)] = Field(None, description="a group of steps")
    workflow: Text = Field(
        None, description="another spec, relative to this file, or a name from `workflows`"
    )
    mode: Mode = Field("sequential", description="how the group's steps run")
    match: Literal["all", "first"] = Field(
        "all", description="conditional groups: run all that hold, or the first"
    )
    concurrency: Slots = Field(None, description="most tool calls of the group at once")
    outputs: Values = Field(None, description="the group's data, by name")
    needs: list[Text] = Field(
        None, description="steps that must have ended before; references add theirs themselves"
    )
    trigger_rule: Literal[
        "all_success", "none_failed", "all_done", "one_success", "one_failed", "all_failed"
    ] = Field("all_success", description="what must be true of the needed steps")
    when: Condition = Field(None, description="a bare expression; false: the step is skipped")
    let: Values = Field(None, description="named values, read as let.NAME")
    foreach: Annotated[Any, WithJsonSchema({})] = Field(None)
    repeat: Repeat = Field(None)
    cache: Cache = Field(None)
    rate_limit: Rate = Field(None)
    retry: Retry = Field(None)
    timeout: Duration = Field(None, description="one attempt")
    priority: Literal["critical", "high", "normal", "low"] = Field("normal", description="who goes first")
    on_error: Literal["fail", "continue", "stop"] = Field(
        "fail", description="what a failure means for the others"
    )
    rescue: list[Step] = Field(None, description="run when the body failed with all attempts spent")
    finally_: list[Step] = Field(None, alias="finally", description="run last, whatever happened")
    undo: Undo = Field(None)
    context: Context = Field(None)


class SubWorkflow(Word):
    """A workflow that stands in the file of another, called by its name."""

    description: Text = Field(None, description="for the reader")
    labels: dict[str, Any] = Field(None, description="the author's own marks", examples=[{"team": "sales"}])
    mode: Mode = Field("sequential", description="how the steps run")
    match: Literal["all", "first"] = Field(
        "all", description="conditional only: run all that hold, or the first"
    )
    concurrency: Slots = Field(None, description="most tool calls at once (default 32); `all`: no limit")
    timeout: Duration = Field(None, description="the whole run")
    inputs: dict[str, Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]] = Field(
        None,
        description="name -> JSON Schema with `default` and `secret`",
        examples=[{"day": {"type": "string", "format": "date"}}],
    )
    let: Values = Field(None, description="named values, read as let.NAME")
    connections: dict[
        str, Annotated[dict[str, Any], WithJsonSchema({"type": "object", "required": ["tool"]})]
    ] = Field(
        None,
        description="named, configured tools",
        examples=[{"warehouse": {"tool": "sql", "url": "duckdb:///warehouse.duckdb"}}],
    )
    defaults: Defaults = Field(None)
    context: Context = Field(None)
    steps: Annotated[list[Step], Field(min_length=1)] = Field(description="what is to be done")
    rescue: list[Step] = Field(None, description="run when `steps` failed")
    finally_: list[Step] = Field(None, alias="finally", description="run at the end whatever happened")
    outputs: Values = Field(None, description="the run's result, by name")


class Workflow(SubWorkflow):
    """A Weft workflow, language version 1."""

    weft: Literal[1] = Field(description="the language version")
    name: Annotated[
        str,
        WithJsonSchema(
            {
                "type": "string",
                "pattern": words.NAME_PATTERN,
                "description": "the workflow's name: lower-case letters, digits and dashes, at most 63",
                "examples": ["daily-orders"],
            }
        ),
    ]
    workflows: dict[str, SubWorkflow] = Field(
        None,
        description="sub-workflows of this file, by name",
        json_schema_extra={"propertyNames": {"pattern": words.WORKFLOW_NAME_PATTERN}},
    )
    triggers: Value = Field(None, description="reserved, not available yet")
