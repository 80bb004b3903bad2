"""Tree -> Workflow. Takes what is right and passes over what the schema refused, so that later checks can go on.

Says itself only what a schema cannot: the value of durations and shares, words that go only with others, words that are
not available yet.
"""

from __future__ import annotations

from typing import Any

from engine.diagnostics import Diagnostic, problem
from engine.spec import words
from engine.spec.durations import duration_seconds
from engine.spec.meant import words_meant
from engine.spec.rates import rate_of
from engine.spec.retry_policy import retry_of
from engine.spec.tree import Tree
from engine.spec.workflow import CacheSpec, ForeachSpec, Path, RepeatSpec, RetrySpec, StepSpec, Workflow
from engine.text import nearest

_PLAIN_STEP = frozenset({"id", "description", "tool", "operation", "with", "when"})
_KNOWN = {"file": words.FILE_WORDS, "step": words.STEP_WORDS}


def parse(tree: Tree) -> tuple[Workflow | None, list[Diagnostic]]:
    """The workflow of a tree, and what is wrong beyond the schema; None when there is no list of steps at all."""
    root = tree.root
    if not isinstance(root, dict):
        return None, []
    parser = _Parser(tree)
    if not isinstance(parser.meant(root, "steps", "file"), list):
        return None, []
    return parser.workflow(root)


class _Parser:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.problems: list[Diagnostic] = []
        self.unbuilt: list[Path] = []

    def workflow(self, root: dict[str, Any]) -> tuple[Workflow, list[Diagnostic]]:
        defaults = _mapping(root.get("defaults"))
        group = StepSpec(id="", path=())
        self.group_words(group, root)
        self.asides(group, root)
        group.let, group.context = _mapping(root.get("let")), _mapping(root.get("context"))
        group.timeout_seconds = self.duration(root.get("timeout"), ("timeout",))
        self.note_unbuilt(root, (), words.UNBUILT_FILE)
        workflow = Workflow(
            name=_text(root.get("name")) or "",
            description=_text(root.get("description")),
            root=group,
            inputs=_declared(self.meant(root, "inputs", "file")),
            connections={k: v for k, v in _mapping(root.get("connections")).items() if isinstance(v, dict)},
            default_timeout_seconds=self.duration(defaults.get("timeout"), ("defaults", "timeout")),
            default_retry=self.retry(defaults.get("retry"), ("defaults", "retry")),
            concurrency=_slots(root.get("concurrency", words.CONCURRENCY_DEFAULT)),
            labels=_mapping(root.get("labels")),
            unbuilt=self.unbuilt,
            workflows=[
                name
                for name, inner in _mapping(root.get("workflows")).items()
                if isinstance(inner, dict) and isinstance(inner.get("steps"), list)
            ],
        )
        return workflow, self.problems

    def steps(self, items: Any, path: Path) -> list[StepSpec]:
        if not isinstance(items, list):
            return []
        return [self.step(item, (*path, index)) for index, item in enumerate(items) if isinstance(item, dict)]

    def step(self, item: dict[str, Any], path: Path) -> StepSpec:
        identifier = self.meant(item, "id", "step")
        step = StepSpec(id=identifier if isinstance(identifier, str) else "", path=path)
        get = item.get
        step.description = _text(get("description"))
        step.tool = _text(get("tool"))
        step.operation = _text(get("operation"))
        step.with_ = _mapping(get("with"))
        step.when = get("when")
        if not item.keys() <= _PLAIN_STEP:  # most steps have no more: the modifiers cost nothing to them
            self.modifiers(step, item, path)
        return step

    def modifiers(self, step: StepSpec, item: dict[str, Any], path: Path) -> None:
        get = item.get
        step.workflow = _text(get("workflow"))
        if isinstance(needs := get("needs"), list):
            step.needs = [need for need in needs if isinstance(need, str)]
        step.trigger_rule = _choice(get("trigger_rule"), words.TRIGGER_RULES)
        step.on_error = _choice(get("on_error"), words.ON_ERROR)
        step.retry = self.retry(get("retry"), (*path, "retry"))
        step.timeout_seconds = self.duration(get("timeout"), (*path, "timeout"))
        self.asides(step, item)
        step.let, step.context = _mapping(get("let")), _mapping(get("context"))
        step.priority = _text(get("priority"))
        step.repeat = self.repeat(get("repeat"), (*path, "repeat"))
        step.foreach = self.foreach(get("foreach"), (*path, "foreach"))
        step.cache = self.cache(step, item, path)
        step.rate = rate_of(str(get("rate_limit", "")))
        self.body(step, item, path)

    def body(self, step: StepSpec, item: dict[str, Any], path: Path) -> None:
        if isinstance(self.meant(item, "steps", "step"), list):
            self.group_words(step, item)
        else:
            for word in ("mode", "match", "concurrency", "outputs"):
                if word in item:
                    called = "workflow" in item
                    hint = (
                        "the workflow it calls says that itself"
                        if called
                        else "only a step with `steps` is a group"
                    )
                    message = f'"{word}" belongs to a group, and step "{step.id}" is none'
                    self.say("WF209", message, (*path, word), hint)
        if "tool" not in item:
            self.tool_words(step, item, path)

    def tool_words(self, step: StepSpec, item: dict[str, Any], path: Path) -> None:
        """Words of a tool step on a step that is none."""
        if "steps" in item and "workflow" not in item and "with" in item:
            self.say(
                "WF209",
                f'group "{step.id}" takes no "with"',
                (*path, "with"),
                "parameters belong to tool steps",
            )
        if "operation" in item and ("steps" in item or "workflow" in item):
            message = f'"operation" belongs to a tool, and step "{step.id}" calls none'
            self.say("WF209", message, (*path, "operation"), "leave it out")

    def group_words(self, step: StepSpec, item: dict[str, Any]) -> None:
        path = step.path
        given = self.meant(item, "mode", "step" if path else "file")
        step.mode = _mode(given)
        step.match = _choice(item.get("match"), ("all", "first")) if step.mode == "conditional" else "all"
        step.concurrency = _slots(item.get("concurrency"))
        step.outputs = _mapping(item["outputs"]) if "outputs" in item else None
        word = (
            "steps"
            if "steps" in item
            else self.key_meant(item, "steps", "step" if path else "file") or "steps"
        )
        step.steps = self.steps(item.get(word), (*path, word))
        if "match" in item and step.mode != "conditional" and given in (None, *words.MODES):
            hint = f'add mode: conditional, or leave "match" out of a {step.mode} group'
            self.say("WF209", '"match" goes only with mode: conditional', (*path, "match"), hint)

    def foreach(self, value: Any, path: Path) -> ForeachSpec | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            return ForeachSpec(items=value, path=path)
        if "in" not in value:
            return None
        loop = ForeachSpec(items=value["in"], path=(*path, "in"), key=_text(value.get("key")))
        loop.concurrency = _slots(value.get("concurrency", 1))
        loop.break_when = value.get("break_when")
        tolerate = value.get("tolerate", 0)
        if isinstance(tolerate, str) and tolerate.endswith("%"):
            loop.tolerate_share = _share(tolerate)
        elif isinstance(tolerate, int):
            loop.tolerate_count = tolerate
        return loop

    def asides(self, step: StepSpec, item: dict[str, Any]) -> None:
        """`rescue` and `finally` as sequential groups of their own."""
        step.rescue = self.aside("rescue", item, step.path)
        step.finally_ = self.aside("finally", item, step.path)
        if isinstance(undo := item.get("undo"), dict):
            step.undo = self.undo(undo, (*step.path, "undo"))

    def undo(self, item: dict[str, Any], path: Path) -> StepSpec:
        """What takes a step back: a tool step without an id."""
        undo = StepSpec(
            id="", path=path, tool=_text(item.get("tool")), operation=_text(item.get("operation"))
        )
        undo.with_ = _mapping(item.get("with"))
        undo.retry = self.retry(item.get("retry"), (*path, "retry"))
        undo.timeout_seconds = self.duration(item.get("timeout"), (*path, "timeout"))
        return undo

    def aside(self, word: str, item: dict[str, Any], path: Path) -> StepSpec | None:
        """The steps below a word, or below the key that was meant to be it: they are known all the same."""
        if word not in item:
            word = self.key_meant(item, word, "step" if path else "file") or word
        if not isinstance(item.get(word), list) or not item[word]:
            return None
        return StepSpec(id="", path=(*path, word), steps=self.steps(item[word], (*path, word)))

    def repeat(self, value: Any, path: Path) -> RepeatSpec | None:
        if not isinstance(value, dict):
            return None
        if ("until" in value) == ("while" in value):
            both = "until" in value
            message = '"repeat" has until and while' if both else '"repeat" has no condition'
            self.say(
                "WF209", message, (*path, "while") if both else path, "write either until: … or while: …"
            )
        most = value.get("max")
        loop = RepeatSpec(path, most if isinstance(most, int) and most >= 1 else 1)
        loop.until, loop.while_ = value.get("until"), value.get("while")
        loop.every_seconds = self.duration(value.get("every"), (*path, "every"))
        return loop

    def retry(self, value: Any, path: Path) -> RetrySpec | None:
        if not isinstance(value, dict):
            return None
        for word in ("delay", "max_delay", "within"):
            self.duration(value.get(word), (*path, word))  # tells what is no length of time
        return retry_of(value)

    def duration(self, value: Any, path: Path) -> float | None:
        if value is None:
            return None
        seconds = duration_seconds(value)
        if seconds is None and isinstance(value, str) and words_fit(value):
            hint = "units fall from d to ms, each once, and the whole is more than 0"
            self.say("WF207", f'"{value}" is no length of time', path, hint)
        return seconds

    def cache(self, step: StepSpec, item: dict[str, Any], path: Path) -> CacheSpec | None:
        value, at = item.get("cache"), (*path, "cache")
        if not isinstance(value, dict):
            return None
        if "steps" in item or "workflow" in item:
            hint = "write it at the tool steps whose results may be given again"
            self.say("WF209", f'"cache" belongs to a tool, and step "{step.id}" calls none', at, hint)
        seconds = self.duration(value.get("ttl"), (*at, "ttl"))
        return None if seconds is None else CacheSpec(at, seconds, value.get("key"))

    def meant(self, mapping: dict[str, Any], word: str, kind: str) -> Any:
        """The value of a word, else of the key that was meant to be it: its readers are then no second problem."""
        return mapping[word] if word in mapping else mapping.get(self.key_meant(mapping, word, kind) or word)

    def key_meant(self, mapping: dict[str, Any], word: str, kind: str) -> str | None:
        if mapping.keys() <= _KNOWN[kind]:
            return None
        found = words_meant(mapping, _KNOWN[kind], kind)
        return next((key for key, meant in found.items() if word in meant), None)

    def note_unbuilt(self, item: dict[str, Any], path: Path, names: tuple[str, ...]) -> None:
        self.unbuilt += [(*path, name) for name in names if name in item]

    def say(self, code: str, message: str, path: Path, hint: str | None = None) -> None:
        span = self.tree.key_span(path) if code == "WF209" else self.tree.span(path)
        self.problems.append(problem(code, message, span, hint))


def words_fit(text: str) -> bool:
    """Whether the schema takes the text for a duration (what it refuses it says itself)."""
    import re

    return re.match(words.DURATION_PATTERN, text) is not None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _declared(inputs: Any) -> dict[str, dict[str, Any]]:
    """The inputs by name. One whose schema is no mapping (told already) takes anything."""
    if isinstance(inputs, list):
        return {name: {} for name in inputs if isinstance(name, str)}
    return {name: schema if isinstance(schema, dict) else {} for name, schema in _mapping(inputs).items()}


def _mode(value: Any) -> str:
    """The mode, the nearest to a misspelt one, or `dag`, which forbids least: a wrong mode is one problem."""
    if value is None or value in words.MODES:
        return value or words.MODES[0]
    return next(iter(nearest(value, words.MODES)), "dag") if isinstance(value, str) else "dag"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _choice(value: Any, choices: tuple[str, ...]) -> str:
    """The value if it is one of the choices, else the first, which is the default."""
    return value if value in choices else choices[0]


def _slots(value: Any) -> int | None:
    """A count of slots; None: no limit of its own."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else None


def _share(text: str) -> float | None:
    try:
        return float(text.rstrip("%")) / 100
    except ValueError:
        return None
