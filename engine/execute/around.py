"""What stands around the calls of a step before they may begin: rate limits, a cache, connections that must be healthy.

Looked up once for each step (and for each connection, where a called workflow configures it anew). Most steps have nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator

from engine.execute.binding import Binding, Toolbox
from engine.execute.reuse import StepCache
from engine.execute.secrets import Secrets
from engine.graph.plan import PlanStep
from engine.spec.rates import Rate
from engine.tools.framework.cache_key import canonical
from engine.tools.framework.settings import ConnectionSettings
from engine.tools.framework.tokens import Queues, Want

QUEUES = Queues()
"""Who waits for which bucket, of all runs of this process."""
_LOGGER = logging.getLogger("weft.run")


class Limit:
    """One rate limit: its bucket, and what to say when it makes a call wait. `usual`: nobody has written it."""

    __slots__ = ("bucket", "rate", "told", "usual", "whose")

    def __init__(self, whose: str, rate: Rate, usual: bool, identity: str) -> None:
        self.whose = whose
        self.rate = rate
        self.usual = usual
        self.bucket = hashlib.sha256(f"{whose} {identity} {rate!r}".encode()).hexdigest()
        self.told = False

    def want(self, place: tuple[int, int]) -> Want:
        return Want(self.bucket, self.rate.per_second, self.rate.size, QUEUES.ahead(self.bucket, place))

    def tell(self) -> None:
        """Say once that calls wait; loudly where nobody has written the limit."""
        if not self.told:
            self.told = True
            hint = " where nothing else is said (write rate_limit: none, or a rate)" if self.usual else ""
            level = logging.WARNING if self.usual else logging.INFO
            _LOGGER.log(level, "calls wait: %s makes at most %s%s", self.whose, self.rate, hint)


class Around:
    """What stands around the calls of one step; false where there is nothing."""

    __slots__ = ("buckets", "cache", "dependencies", "limits")

    def __init__(self, limits: list[Limit], cache: StepCache | None, dependencies: tuple[str, ...]) -> None:
        self.limits = limits
        self.buckets = tuple(limit.bucket for limit in limits)
        self.cache = cache
        self.dependencies = dependencies

    def __bool__(self) -> bool:
        return bool(self.limits or self.cache or self.dependencies)


NOTHING = Around([], None, ())


class Arounds:
    """What stands around the steps of a plan. `salt`: of the store that keeps the results."""

    def __init__(self, toolbox: Toolbox, secrets: Secrets) -> None:
        self.salt = b""
        self._toolbox = toolbox
        self._secrets = secrets
        self._found: dict[tuple[int, str | None], Around] = {}
        self._limits: dict[str, Limit] = {}

    def steps(self) -> frozenset[int]:
        """The steps around whose calls there is something, or may be: a connection that is configured call by call."""
        pairs = zip(self._toolbox.plan.steps, self._toolbox.bindings, strict=True)
        called = [(step, binding) for step, binding in pairs if binding is not None and not step.waits]
        return frozenset(
            step.index
            for step, binding in called
            if binding.settings is not None or self._is_any(step, binding)
        )

    def _is_any(self, step: PlanStep, binding: Binding) -> bool:
        settings = self._toolbox.settings_of(binding)
        written = any(self._toolbox.plan.steps[one].rate for one in self._toolbox.plan.ancestors(step.index))
        own = settings is not None and (settings.rate or settings.dependencies or settings.caching_enabled)
        return bool(written or step.cache is not None or own)

    def of(self, step: PlanStep, binding: Binding) -> Around:
        """What stands around a call. Raises ToolError `invalid` for settings that do not fit."""
        at = (step.index, binding.connection)
        if at not in self._found:
            settings = self._toolbox.settings_of(binding)
            cache = StepCache(step, binding, settings, self._toolbox, self.salt)
            usable = cache.usable and not (step.flows_on or step.flows_in)  # what flows by is kept nowhere
            dependencies = settings.dependencies if settings is not None else ()
            limits = list(self._limits_of(step, binding, settings))
            self._found[at] = Around(limits, cache if usable else None, dependencies)
        return self._found[at]

    def _limits_of(
        self, step: PlanStep, binding: Binding, settings: ConnectionSettings | None
    ) -> Iterator[Limit]:
        plan = self._toolbox.plan
        for index in plan.ancestors(step.index):
            around = plan.steps[index]
            if around.rate is not None:
                name = "/".join(plan.steps[one].id for one in reversed(plan.ancestors(index)[:-1]))
                identity = f"workflow {plan.workflow.name} in {self._toolbox.project_dir}"
                yield self._limit(f'step "{name}"', around.rate, False, identity)
        if settings is not None and settings.rate is not None:
            config = self._secrets.scrub(self._toolbox.config(binding))
            identity = f"{binding.declaration.name} {hashlib.sha256(canonical(config)).hexdigest()}"
            yield self._limit(
                f'connection "{settings.name}"', settings.rate, not settings.rate_written, identity
            )

    def _limit(self, whose: str, rate: Rate, usual: bool, identity: str) -> Limit:
        limit = Limit(whose, rate, usual, identity)
        return self._limits.setdefault(limit.bucket, limit)
