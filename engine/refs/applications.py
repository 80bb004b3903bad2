"""How a filter or test of the tree is bound to its function and arguments.

Laws: the name of a filter or test is always literal, also inside `map` and `select`, so that every unknown
one is found before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jinja2 import nodes

from engine.refs import filters_lists
from engine.refs.bounds import Evaluation
from engine.refs.calling import Bound, bind
from engine.refs.filters import FILTER_NAMES, FILTERS, TAKING_A_FILTER, TAKING_A_TEST
from engine.refs.places import Places
from engine.refs.predicates import TESTS
from engine.refs.problems import ExpressionProblem
from engine.refs.signatures import REQUIRED, Signature
from engine.refs.tokens import Tokens
from engine.refs.values import leave, need
from engine.text.nearest import suggestion

Run = Callable[[Evaluation], Any]
_MAP_ATTRIBUTE = Signature(
    filters_lists.map_attribute, "list", ("attribute", "default"), (REQUIRED, filters_lists.NOT_GIVEN), False
)
_TRUTHY = Bound(lambda _evaluation, value: value, (), None, False)


class Piece(NamedTuple):
    """A compiled part: `run`, and its static type (None: depends on data)."""

    run: Run
    type: str | None = None


class Applications(Places):
    """Binding of filters and tests; how their arguments are compiled is the compiler's business."""

    def __init__(self, text: str, tokens: Tokens) -> None:
        super().__init__(text, tokens)
        self.filters: set[str] = set()

    def compile(self, node: nodes.Node, guarded: bool = False) -> Piece:
        raise NotImplementedError

    def bound_filter(
        self, name: str, node: Any, args: list[Any], kwargs: list[Any], guarded: bool = False
    ) -> Bound:
        self.refuse_unpacking(node)
        self.filters.add(name)
        if name in TAKING_A_FILTER:
            return self.bound_map(node, args, kwargs)
        if name in TAKING_A_TEST:
            return self.bound_choice(name, node, args, kwargs)
        found = FILTERS.get(name)
        if found is None:
            raise self.unknown("filter", name, FILTER_NAMES, node)
        return self.bound("filter", name, found, node, args, kwargs, guarded=guarded and name == "default")

    def bound_test(self, name: str, node: Any, args: list[Any], kwargs: list[Any]) -> Bound:
        self.refuse_unpacking(node)
        found = TESTS.get(name)
        if found is None:
            raise self.unknown("test", name, TESTS, node)
        return self.bound("test", name, found, node, args, kwargs)

    def bound(
        self,
        what: str,
        name: str,
        found: Signature,
        node: Any,
        args: list[Any],
        kwargs: list[Any],
        *,
        guarded: bool = False,
    ) -> Bound:
        # What `default` falls back to may itself be missing, for the next `default` to take.
        lax = what == "filter" and name == "default"
        given = [self.argument(arg, lax, guarded) for arg in args]
        named = {each.key: self.argument(each.value, lax, guarded) for each in kwargs}
        self.check_attribute(found.names, args, kwargs)
        problem, bound = bind(what, name, found, given, named)
        if bound is None:
            start, end = self.span(node)
            hint = "a list is written in([a, b])" if name == "in" and len(args) > 1 else None
            raise ExpressionProblem(problem, hint, start, end, code="argument")
        return bound

    def argument(self, node: nodes.Node, lax: bool = False, guarded: bool = False) -> Run:
        run = self.compile(node, guarded).run
        if lax or isinstance(node, nodes.Const):
            return run
        return lambda evaluation: leave(run(evaluation))

    def bound_map(self, node: Any, args: list[Any], kwargs: list[Any]) -> Bound:
        if not args:
            return self.bound("filter", "map", _MAP_ATTRIBUTE, node, args, kwargs)
        inner = self.bound_filter(self.literal_name(args[0], "filter"), args[0], args[1:], kwargs)

        def run(evaluation: Evaluation, value: Any, *arguments: Any) -> list[Any]:
            return filters_lists.map_with(
                evaluation, value, lambda item: inner.run(evaluation, item, *arguments)
            )

        return Bound(run, inner.arguments, "list", False)

    def bound_choice(self, name: str, node: Any, args: list[Any], kwargs: list[Any]) -> Bound:
        by_attribute = name.endswith("attr")
        if by_attribute and not args:
            raise self.problem(node, f"{name} wants an attribute", hint=f"{name}('key')", code="argument")
        attribute = self.argument(args[0]) if by_attribute else None
        if by_attribute:
            self.check_attribute(("attribute",), args[:1], [])
        rest = args[1:] if by_attribute else args
        inner = _TRUTHY
        if rest:
            inner = self.bound_test(self.literal_name(rest[0], "test"), rest[0], rest[1:], kwargs)
        elif kwargs:
            raise self.problem(node, f"{name} wants the name of a test", code="argument")
        wanted = name.startswith("select")

        def run(evaluation: Evaluation, value: Any, *arguments: Any) -> list[Any]:
            by, given = (arguments[0], arguments[1:]) if by_attribute else (None, arguments)

            def ask(item: Any) -> Any:
                return inner.run(evaluation, item if inner.lenient else need(item), *given)

            return filters_lists.chosen(evaluation, value, name, ask, attribute=by, wanted=wanted)

        own = (attribute,) if attribute is not None else ()
        return Bound(run, own + inner.arguments, "list", False)

    def literal_name(self, node: Any, what: str) -> str:
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            return node.value
        hint = f"write the name of the {what} in quotes"
        raise self.problem(node, f"the name of a {what} cannot depend on data", hint=hint, code="forbidden")

    def check_attribute(self, names: tuple[str, ...], args: list[Any], kwargs: list[Any]) -> None:
        """An attribute written as literal text is looked at now, any other when it is known."""
        given = dict(zip(names, args, strict=False)) | {each.key: each.value for each in kwargs}
        node = given.get("attribute")
        if isinstance(node, nodes.Const) and type(node.value) is str:
            for part in node.value.replace(",", ".").split("."):
                if part.strip().startswith("_"):
                    hint = f"read such a key as x['{part}']"
                    message = f'the attribute "{part}" begins with "_"'
                    raise self.problem(node, message, hint=hint, code="forbidden")

    def bare_argument(self, node: nodes.Test) -> bool:
        """Whether a test's argument stands without parentheses."""
        if not node.args:
            return False
        index = self.token_index[node.lineno] + 1
        if self.tokens.all[index].value == "not":
            index += 1
        return self.tokens.all[index + 1].type != "lparen"

    def unknown(self, what: str, name: str, known: Any, node: Any) -> ExpressionProblem:
        other = TESTS if what == "filter" else FILTER_NAMES
        hint = suggestion(name, sorted(known))
        if name in other:
            hint = f"{name} is a test: is {name}" if what == "filter" else f"{name} is a filter: | {name}"
        return self.problem(node, f'there is no {what} "{name}"', hint=hint, code=f"unknown-{what}")
