"""What every tool promises, one function a promise. Each yields what is wrong, a line each; nothing: the promise is kept.

A promise that the examples do not put to the test raises NotShown, which says what is missing.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, get_args

import jsonschema_rs

from engine.check.shapes import Missing, Shape
from engine.executors.answers import answered
from engine.executors.threads import stopped_quietly
from engine.spec.fitting import fit
from engine.spec.templated import templated
from engine.spec.toolspec import Category, Lane, Priority
from engine.testing.tried import ANY, Answer, Example, NotShown, Tried, awaited
from engine.text.snippet import shortened
from engine.tools.framework.health import UNKNOWN, answer_of, read
from engine.tools.port import Result, Tool

CANCEL_SECONDS_MAX = 10.0
BEGINS_WITHIN_SECONDS = 0.2
HEAVY = [
    "beam",
    "duckdb",
    "google.cloud",
    "jinja2",
    "kafka",
    "langchain",
    "matplotlib",
    "mlflow",
    "networkx",
    "numpy",
    "opentelemetry",
    "pandas",
    "polars",
    "psycopg",
    "pyarrow",
    "pyspark",
    "requests",
    "scipy",
    "sklearn",
    "snowflake",
    "sqlalchemy",
    "sqlglot",
    "tensorflow",
    "torch",
    "transformers",
    "websockets",
]
_ERRORS: tuple[Exception, ...] = (
    ConnectionResetError("gone"),
    TimeoutError(),
    OSError(28, "no space"),
    ValueError("odd"),
    KeyError(("a", 1)),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    Exception(None, b"\x00"),
    ExceptionGroup("several", [ValueError("one"), TimeoutError("two")]),
)


def schemas_round_trip(tried: Tried) -> Iterator[str]:
    """The declaration is plain data, its schemas are JSON Schemas, and they are the same after a way through JSON."""
    told = tried.declaration
    if told.category not in get_args(Category):
        yield f'the category "{told.category}" is none of {", ".join(get_args(Category))}'
    if told.priority not in get_args(Priority):
        yield f'the priority "{told.priority}" is none of {", ".join(get_args(Priority))}'
    if told.default_operation is not None and told.default_operation not in told.operations:
        yield f'the default operation "{told.default_operation}" is none of its operations'
    if not told.operations:
        yield told.broken or "it has no operations"
    if told.connection is not None:
        yield from _schema("the connection", told.connection)
    for name, operation in told.operations.items():
        if operation.lane not in get_args(Lane):
            yield f'{name}: the lane "{operation.lane}" is none of {", ".join(get_args(Lane))}'
        yield from _schema(f"{name}: the parameters", operation.parameters)
        yield from _schema(f"{name}: the result", operation.result)
        if operation.parameters.get("type") != "object":
            yield f'{name}: parameters are a mapping: their schema says "type": "object"'


def _schema(what: str, schema: Any) -> Iterator[str]:
    try:
        if json.loads(json.dumps(schema, allow_nan=False)) != schema:
            yield f"{what}: the schema is another one after a way through JSON"
        for form in (schema, templated(schema)):
            jsonschema_rs.Draft202012Validator(form, registry=jsonschema_rs.Registry([]))
    except (TypeError, ValueError, jsonschema_rs.ValidationError) as error:
        yield f"{what}: no JSON Schema: {shortened(str(error), 200)}"


def examples_fit(tried: Tried) -> Iterator[str]:
    """Every example, those of the declaration too, is accepted by `weft validate`; and so are the settings."""
    for name, operation in tried.declaration.operations.items():
        for number, parameters in enumerate(operation.parameters.get("examples", ()), 1):
            for one in fit(operation.parameters).misfits(parameters, "with"):
                yield f"{name}: declared example {number}: {one.message}"
    for example in tried.examples:
        name, operation = tried.operation(example)
        if example.fails != "invalid":
            for one in fit(operation.parameters).misfits(dict(example.parameters), "with"):
                yield f"{_named(name, example)}: {one.message}"
    if tried.declaration.connection is not None:
        for one in fit(tried.declaration.connection).misfits(dict(tried.config), "config"):
            yield f"the settings do not fit: {one.message}"


def examples_run(tried: Tried) -> Iterator[str]:
    """Every example ends as it says: with its data, or with its type of error."""
    for name, example, answer in _answers(tried):
        told = _named(name, example)
        if isinstance(answer, dict):
            if example.fails != answer["type"]:
                yield f"{told} failed: {answer['type']}: {shortened(str(answer['message']), 300)}"
        elif answer is None:
            yield f"{told} stopped without being asked to"
        elif not answer.success:
            if example.fails != "failed":
                yield f"{told} failed: {'; '.join(map(str, answer.errors))}"
        elif example.fails is not None:
            yield f'{told} succeeded, expected an error of type "{example.fails}"'
        elif example.data is not ANY and answer.data != example.data:
            yield f"{told} gave {_shown(answer.data)}, expected {_shown(example.data)}"


def results_fit(tried: Tried) -> Iterator[str]:
    """Every result is JSON and what the declared schema says; a schema that names its keys names all of them."""
    for name, example, answer in _answers(tried):
        if isinstance(answer, Result) and answer.success:
            schema = tried.declaration.operations[name].result
            told = _named(name, example)
            json.dumps(answer.to_dict(), allow_nan=False)
            for one in fit(schema).misfits(answer.data, "data"):
                yield f"{told}: {one.message}"
            for where in _undeclared(Shape(schema, schema), answer.data, "data"):
                yield f"{told}: {where} is not declared"


def _undeclared(shape: Shape, value: Any, at: str) -> Iterator[str]:
    """Keys that a schema does not name though it names keys: `validate` would call reading them a mistake."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in parts:
        found = shape.below(key)
        where = f"{at}.{key}" if isinstance(key, str) else f"{at}[{key}]"
        if isinstance(found, Missing):
            yield where
        elif found.schema:
            yield from _undeclared(found, item, where)


def cancel_ends_a_call(tried: Tried) -> Iterator[str]:
    """A call that is cancelled ends, and nothing of it works on."""
    blocking = tried.shown(blocking=True)
    if not blocking:
        raise NotShown("no example that blocks: Example(…, blocks=True)")
    for example in blocking:
        name, operation = tried.operation(example)
        with tried.living() as tool:
            stop = _cancelled_async if operation.lane == "async" else _cancelled_thread
            if not stop(tried, tool, name, example):
                yield f"{_named(name, example)} goes on {CANCEL_SECONDS_MAX:g} s after it was cancelled"


def _cancelled_thread(tried: Tried, tool: Tool, name: str, example: Example) -> bool:
    context = tried.context()
    call = partial(answered, lambda: tool, name, dict(example.parameters), context)
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(BEGINS_WITHIN_SECONDS)
    stopped_quietly(context)
    thread.join(CANCEL_SECONDS_MAX)
    return not thread.is_alive()


def _cancelled_async(tried: Tried, tool: Tool, name: str, example: Example) -> bool:
    async def program() -> bool:
        task = asyncio.create_task(awaited(tool, name, dict(example.parameters), tried.context()))
        await asyncio.wait((task,), timeout=BEGINS_WITHIN_SECONDS)
        task.cancel()
        done, _ = await asyncio.wait((task,), timeout=CANCEL_SECONDS_MAX)
        return bool(done)

    return asyncio.run(program())


def repeatable_repeats(tried: Tried) -> Iterator[str]:
    """An operation declared repeatable may be run twice, and gives the same."""
    operations = tried.declaration.operations
    chosen = [
        one for one in tried.shown() if operations[tried.operation(one)[0]].repeatable and not one.fails
    ]
    if not chosen:
        raise NotShown("no example of an operation that is declared repeatable")
    for example in chosen:
        name = tried.operation(example)[0]
        with tried.living() as tool:
            first, second = tried.call(tool, example), tried.call(tool, example)
        if isinstance(first, Result) and first.success and not isinstance(second, Result):
            yield f"{_named(name, example)} failed when it was called again"
        elif isinstance(first, Result) and isinstance(second, Result) and _differ(example, first, second):
            yield f"{_named(name, example)} gave {_shown(second.data)} when it was called again"


def _differ(example: Example, first: Result, second: Result) -> bool:
    return not example.varies and bool(first.data != second.data)


def close_twice(tried: Tried) -> Iterator[str]:
    """A tool may be closed without having been used, and twice."""
    with tried.living() as tool:
        try:
            tool.close()
            tool.close()
        except Exception as error:
            yield f"close() raised when it was called again: {type(error).__name__}: {error}"


def no_secret_in_errors(tried: Tried) -> Iterator[str]:
    """No error, warning or metadata holds a secret setting; nor does the tool when it is printed."""
    secrets = [secret for secret in tried.secrets if len(secret) >= 4]
    if not secrets:
        raise NotShown("no setting that is secret: secrets=[…]")
    for name, example, answer in _answers(tried):
        told = [answer] if isinstance(answer, dict) else []
        if isinstance(answer, Result):
            told = [{"errors": answer.errors, "warnings": answer.warnings, "metadata": answer.metadata}]
        if any(secret in json.dumps(told, ensure_ascii=False, default=str) for secret in secrets):
            yield f"{_named(name, example)}: what it tells holds a secret"
    with tried.living() as tool:
        if any(secret in repr(tool) for secret in secrets):
            yield "repr() of the tool holds a secret"


def is_retryable_is_total(tried: Tried) -> Iterator[str]:
    """`is_retryable` answers true or false for any exception, and raises nothing."""
    with tried.living() as tool:
        asked = getattr(getattr(tool, "_tool", tool), "is_retryable", None)
        if asked is None:
            raise NotShown("the tool has no is_retryable")
        for error in _ERRORS:
            try:
                answer = asked(error)
            except Exception as raised:
                yield f"is_retryable({type(error).__name__}) raised {type(raised).__name__}: {raised}"
            else:
                if not isinstance(answer, bool):
                    yield f"is_retryable({type(error).__name__}) gave {_shown(answer)}, expected true or false"


def health_check_answers(tried: Tried) -> Iterator[str]:
    """`health_check` gives one of the known statuses, and raises nothing."""
    with tried.living() as tool:
        if not callable(getattr(tool, "health_check", None)):
            raise NotShown("the tool has no health_check")
        try:
            found = read(answer_of(tool, tried.declaration.name))
        except Exception as error:
            yield f"health_check() raised {type(error).__name__}: {error}"
            return
    if found.status == UNKNOWN and "expected" in found.detail:
        yield found.detail


def imports_are_lazy(tried: Tried) -> Iterator[str]:
    """Reading what the tool promises imports nothing heavy: `weft validate` works where that is not installed."""
    module = _module(tried)
    if module is None:
        raise NotShown("the tool stands in no module of its own that can be imported")
    code = "import sys, importlib; importlib.import_module(sys.argv[1]); print(' '.join(sys.modules))"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(  # noqa: S603 - this Python, importing what the test gave
        [sys.executable, "-c", code, module],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    if done.returncode:
        yield f"{module} cannot be imported: {shortened(done.stderr.strip().splitlines()[-1], 200)}"
    loaded = set(done.stdout.split())
    heavy = sorted(name for name in HEAVY if name in loaded)
    if heavy:
        yield f"importing {module} imports {', '.join(heavy)}"


def _module(tried: Tried) -> str | None:
    """Where the declaration is read from: the module of the class or function, or that of an installed tool."""
    given = tried.given
    if isinstance(given, str):
        from engine.tools.registry import declared_in

        return declared_in(given)
    module = getattr(given, "__module__", None)
    return None if module in (None, "__main__", "engine.spec.toolspec") else str(module)


Clause = Callable[[Tried], Iterator[str]]
CLAUSES: tuple[Clause, ...] = (
    schemas_round_trip,
    examples_fit,
    examples_run,
    results_fit,
    cancel_ends_a_call,
    repeatable_repeats,
    close_twice,
    no_secret_in_errors,
    is_retryable_is_total,
    health_check_answers,
    imports_are_lazy,
)


def _answers(tried: Tried) -> Iterator[tuple[str, Example, Answer]]:
    """Every example that ends by itself, called; on one tool, as a run would."""
    shown = tried.shown()
    if not shown:
        raise NotShown("no examples")
    with tried.living() as tool:
        for example in shown:
            yield tried.operation(example)[0], example, tried.call(tool, example)


def _named(name: str, example: Example) -> str:
    return f"{name}({shortened(json.dumps(dict(example.parameters), ensure_ascii=False, default=str), 80)})"


def _shown(value: Any) -> str:
    return shortened(repr(value), 120)
