"""Which root names an expression may use at each place, and what to say about those it may not."""

from __future__ import annotations

from engine.graph.plan import Plan, PlanStep

ALWAYS = frozenset({"inputs", "steps", "run", "let", "secrets"})
CONNECTION_NAMES = frozenset({"inputs", "secrets"})
BEFORE_LOOP = ("when", "let", "foreach")
"""Words of a step that are looked at before its loop begins: they see the loops around it only."""
RUN_FIELDS = ("id", "workflow", "started_at", "attempt", "status", "key", "dir")
STEP_FIELDS = (
    *("status", "data", "metadata", "errors", "warnings", "performance_metrics", "quality_metrics"),
    *("execution_time", "processed_records", "attempts", "started_at", "finished_at", "reason"),
)
BOOLEAN_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
ELSEWHERE = {
    "item": "`item` is known only inside a foreach",
    "index": "`index` is known only inside a foreach",
    "key": "`key` is known only inside a foreach",
    "outer": "`outer` is known only inside a loop that stands in another",
    "last": "`last` is known only inside a repeat",
    "input": "`input` is known only in a pipeline",
    "error": "`error` is known only in rescue and finally",
    "errors": "`errors` is known only in rescue and finally",
}


def known_roots(plan: Plan, step: PlanStep, word: str) -> frozenset[str]:
    """The root names (besides step results) that may be read in `word` of `step`.

    A step's `when` and its loop's items are looked at before the loop begins: they see the loops around it only.
    """
    if word == "connections":
        return CONNECTION_NAMES
    names = set(ALWAYS)
    chain = plan.ancestors(step.index)
    loops = [i for i in chain if plan.steps[i].foreach and not (i == step.index and word in BEFORE_LOOP)]
    if loops:
        names |= {"item", "index", "key"}
    if len(loops) > 1:
        names.add("outer")
    if any(plan.steps[i].aside in ("rescue", "finally") for i in chain):
        names |= {"error", "errors"}
    if any(plan.steps[i].repeat and not (i == step.index and word in BEFORE_LOOP) for i in chain):
        names.add("last")
    if word == "break_when":
        names.add("last")
    if any(plan.steps[plan.steps[i].parent].mode == "pipeline" for i in chain if i):
        names.add("input")
    return frozenset(names)


def named_values(plan: Plan, step: PlanStep, word: str) -> list[str]:
    """The names that `let.NAME` may read in `word` of `step`: those around it, and its own once they are made.

    While a step's own `let` is compiled, its `let_names` holds the names before the one at hand.
    """
    names: dict[str, None] = {}
    for index in reversed(plan.ancestors(step.index)):
        if index != step.index or word != "when":
            names.update(dict.fromkeys(plan.steps[index].let_names))
    return list(names)
