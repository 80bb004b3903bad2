"""How often a property is tried: on a few generated values in the fast tests, on all it asks for in the slow ones.

`@over(strategies, examples=250)` makes two tests of one property, `[few]` and, marked `slow`, `[all]`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

SHARE = 8
"""The fast tests try an eighth of the examples, and no fewer than 20 where nobody says otherwise."""


def over(
    *strategies: Any, examples: int, few: int = 0, **more: Any
) -> Callable[[Callable[..., None]], Callable[[int], None]]:
    """Try the property on values drawn from the strategies; `few` where an eighth is too much yet; `more`: settings."""
    few = few or min(examples, max(20, examples // SHARE))

    def decorate(holds: Callable[..., None]) -> Callable[[int], None]:
        def test(tried: int) -> None:
            settings(max_examples=tried, deadline=None, **more)(given(*strategies)(holds))()

        test.__name__, test.__qualname__, test.__doc__ = holds.__name__, holds.__qualname__, holds.__doc__
        test.__module__ = holds.__module__
        every = pytest.param(examples, id="all", marks=pytest.mark.slow)
        return pytest.mark.parametrize("tried", [pytest.param(few, id="few"), every])(test)

    return decorate
