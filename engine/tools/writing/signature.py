"""A function's signature as what an operation promises: parameters and result as JSON Schema, arguments checked.

Laws: parameters are read as JSON is (a text is no number, but may be a date where one is wanted); a name that is not in
the signature is refused; what is returned leaves as its hint says. References have been resolved before.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PydanticUserError,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import PydanticSerializationError

from engine.errors import ToolError, UsageError
from engine.spec.fitting import fit
from engine.text.snippet import shortened
from engine.tools.jsonable import to_json
from engine.tools.port import CallContext, Result

_SECTION = re.compile(r"^\s*(?:args|arguments|parameters)\s*:\s*$", re.I)
_ENTRY = re.compile(r"^\s*(?::param\s+(?:\S+\s+)?)?(\w+)(?:\s*\([^)]*\))?:\s+(.+)$")
_SIMPLE = (inspect.Signature.empty, Any, object, None, type(None), Result)
PROBLEMS_TOLD = 3
VALUE_MAX = 40


class Signature:
    """What is known of a function. `bound`: whether its first parameter (self) is filled already.

    Raises UsageError, naming the function, where its signature can be no operation's.
    """

    def __init__(self, function: Callable[..., Any], *, bound: bool = True, result: Any = None) -> None:
        self.name = str(getattr(function, "__qualname__", function))
        self._hints = self._resolved(function)
        listed = list(inspect.signature(function).parameters.values())
        self._parameters = listed if bound else listed[1:]
        self.description, self._descriptions = _documented(inspect.getdoc(function) or "")
        self.context = next((p.name for p in self._parameters if self._is_context(p)), None)
        self._result = result if result is not None else self._hints.get("return", Any)
        self._names: dict[str, str] = {}
        self._model = self._made_model()

    def _resolved(self, function: Callable[..., Any]) -> dict[str, Any]:
        try:
            return get_type_hints(function, include_extras=True)
        except NameError as error:
            raise UsageError(
                f"the type hints of {self.name} cannot be read: {error}",
                hint="types that a tool names must be known in its module",
            ) from error

    def _is_context(self, parameter: inspect.Parameter) -> bool:
        hint = self._hints.get(parameter.name)
        return hint is CallContext or (hint is None and parameter.name == "context")

    def _made_model(self) -> type[BaseModel]:
        fields: dict[str, Any] = {}
        more = False
        for number, parameter in enumerate(self._parameters):
            if parameter.name == self.context:
                continue
            if parameter.kind is parameter.VAR_KEYWORD:
                more = True
                continue
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
                raise UsageError(
                    f'parameter "{parameter.name}" of {self.name} has no name in a spec',
                    hint="operations take their parameters by name: no *args, no /",
                )
            self._names[f"p{number}"] = parameter.name
            fields[f"p{number}"] = (self._hints.get(parameter.name, Any), self._field(parameter))
        config = ConfigDict(extra="allow" if more else "forbid", strict=True, arbitrary_types_allowed=True)
        try:
            return create_model("Parameters", __config__=config, **fields)
        except PydanticUserError as error:
            raise UsageError(f"the type hints of {self.name} make no schema: {_first_line(error)}") from error

    def _field(self, parameter: inspect.Parameter) -> Any:
        # The names of the model's fields are its own: a parameter may be called `schema` or `json`.
        default = ... if parameter.default is parameter.empty else parameter.default
        about = self._descriptions.get(parameter.name)
        told: dict[str, Any] = {} if about is None else {"description": about}
        return Field(default, alias=parameter.name, **told)

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """JSON Schema of the parameters. Raises UsageError for a type that no JSON stands for."""
        try:
            schema: dict[str, Any] = _untitled(self._model.model_json_schema())
        except PydanticInvalidForJsonSchema as error:
            raise UsageError(
                f"a parameter of {self.name} is of a type no JSON stands for: {_first_line(error)}",
                hint="take text, numbers, lists, mappings, dates or pydantic models",
            ) from error
        schema.pop("description", None)
        return schema

    @cached_property
    def _adapter(self) -> TypeAdapter[Any] | None:
        """None where the hint says nothing that could be held to: the engine's own conversion is enough."""
        if any(self._result is simple for simple in _SIMPLE):
            return None
        try:
            adapter = TypeAdapter(self._result)
            adapter.json_schema(mode="serialization")
        except (PydanticUserError, PydanticInvalidForJsonSchema) as error:
            if getattr(error, "code", None) == "typed-dict-version":
                raise UsageError(
                    f"what {self.name} returns makes no schema: {_first_line(error)}",
                    hint="from typing_extensions import TypedDict",
                ) from error
            return None  # a data frame, an array: the engine's own conversion knows them
        return adapter

    @cached_property
    def result(self) -> dict[str, Any]:
        """JSON Schema of the data; empty where the hint does not say."""
        return _untitled(self._adapter.json_schema(mode="serialization")) if self._adapter is not None else {}

    def arguments(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments for the function, as its hints want them. Raises ToolError of type `invalid` naming each problem."""
        try:
            read = self._model.model_validate_json(json.dumps(dict(parameters)), strict=True)
        except ValidationError as error:
            raise ToolError(_told(error), type="invalid", code="parameters") from None
        arguments = {self._names[field]: getattr(read, field) for field in type(read).model_fields}
        return arguments | (read.__pydantic_extra__ or {})

    def given(self, answer: Any) -> Result:
        """What the function returned as a Result. Raises ToolError of type `data` where it is not what the hint says."""
        result = answer if isinstance(answer, Result) else Result(data=answer)
        if self._adapter is not None and result.success:
            result.data = self._dumped(self._adapter, result.data)
            promised = fit(self.result)
            if not promised.fits(result.data):
                wrong = "; ".join(
                    one.message for one in promised.misfits(result.data, "data")[:PROBLEMS_TOLD]
                )
                raise self._unkept(wrong)
        return result

    def _dumped(self, adapter: TypeAdapter[Any], data: Any) -> Any:
        """Data as the hint says; a mapping that fits a model is as good as one."""
        try:
            return adapter.dump_python(data, mode="json", by_alias=True, warnings="error", fallback=to_json)
        except PydanticSerializationError as error:
            try:
                read = adapter.validate_json(json.dumps(to_json(data)), strict=True)
            except ValidationError:
                raise self._unkept(self._unlike(data, error)) from error
            return adapter.dump_python(read, mode="json", by_alias=True, fallback=to_json)

    def _unkept(self, why: str) -> ToolError:
        return ToolError(f"{self.name} did not return what it promises: {why}", type="data", code="result")

    def _unlike(self, data: Any, refused: PydanticSerializationError) -> str:
        """Where data is not what the hint says. Validation knows the place; instances it does not look into are told by what
        refused them."""
        assert self._adapter is not None
        try:
            self._adapter.validate_python(data, strict=True)
        except ValidationError as error:
            return _told(error, "result")
        lines = [_unexpected(line) for line in str(refused).splitlines() if "input_type=" in line]
        return "; ".join(lines[:PROBLEMS_TOLD]) or _first_line(refused)


def _unexpected(line: str) -> str:
    """A line of pydantic's serializer without the value, of which it shows the two ends: `"n": expected int, not str`."""
    field = re.search(r"field_name='([^']*)'", line)
    expected, got = re.search(r"Expected `([^`]*)`", line), re.search(r"input_type=([\w.]+)", line)
    what = f"expected {expected[1]}" if expected else "not as expected"
    return (f'"{field[1]}": ' if field else "") + what + (f", not {got[1]}" if got else "")


def _documented(text: str) -> tuple[str, dict[str, str]]:
    """The first paragraph of a docstring, and what it says of each parameter (`Args:` sections, `:param x:`)."""
    head = re.split(r"\n\s*\n", text, maxsplit=1)[0]
    within = False
    about: dict[str, str] = {}
    for line in text.splitlines():
        if _SECTION.match(line):
            within = True
        elif within and line.strip() and not line.startswith((" ", "\t")):
            within = False
        found = _ENTRY.match(line)
        if found and (within or line.lstrip().startswith(":param")):
            about[found[1]] = found[2].strip()
    kept = [line.strip() for line in head.splitlines() if not line.lstrip().startswith(":param")]
    return " ".join(kept), about


def _untitled(schema: Any) -> Any:
    """A schema without the titles pydantic makes of names: they say nothing an author wants to read."""
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for word, value in schema.items():
        if word in ("properties", "$defs", "patternProperties") and isinstance(value, dict):
            out[word] = {name: _untitled(part) for name, part in value.items()}
        elif word in ("default", "const", "enum", "examples"):
            out[word] = value
        elif word != "title":
            out[word] = _untitled(value)
    return out


def _told(error: ValidationError, noun: str = "parameter") -> str:
    problems = error.errors(include_url=False, include_context=False)
    told = []
    for one in problems[:PROBLEMS_TOLD]:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in one["loc"]).lstrip(
            "."
        )
        named = f'{noun} "{where}"' if where else f"the {noun}"
        if one["type"] == "missing":
            told.append(f"{named} is missing")
        elif one["type"] == "extra_forbidden":
            told.append(f"there is no {named}")
        else:
            got = _begun(json.dumps(to_json(one["input"]), ensure_ascii=False))
            message = one["msg"][:1].lower() + one["msg"][1:]
            told.append(f"{named}: {message}, not {got}")
    more = len(problems) - len(told)
    return "; ".join(told) + (f" (and {more} more)" if more else "")


def _begun(value: str) -> str:
    """The first words of a value: none of them is cut, unless it is the only one."""
    if len(value) <= VALUE_MAX:
        return value
    head = value[:VALUE_MAX].rpartition(" ")[0] or value[:VALUE_MAX]
    return f"{head} …" + ('"' if head.startswith('"') else "")


def _first_line(error: Exception) -> str:
    return shortened(str(error).splitlines()[0], 200)
