"""Page after page: what each holds, and where the next one is.

Laws: every page is asked at the origin of the first, so nobody's answer leads what is secret elsewhere; an address or a
cursor that comes a second time ends the call with an error; there is an end after `max_pages`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.tools.core.http.asking import origin, request_of, shown, signed
from engine.tools.core.http.exchange import MAX_BYTES, Answer, Asker
from engine.tools.port import ToolError
from engine.tools.records import kind_named

PAGES_MAX = 100


class Page(NamedTuple):
    """One page. `more`: there is another, which is not asked for, since `max_pages` have been."""

    answer: Answer
    items: list[Any]
    more: bool


def pages(asker: Asker, *, gathered: bool) -> Iterator[Page]:
    """Every page in order. `gathered`: all of them together may be as large as one. Raises ToolError."""
    parameters, how = asker.parameters, asker.parameters["paginate"]
    request = request_of(asker.client, parameters, asker.config)
    home, count, left = request.url, 0, parameters.get("max_bytes", MAX_BYTES)
    counted = _counted(how)
    if counted:
        request = _at(asker, request, request.url.copy_merge_params(counted))
    seen = {str(request.url)}
    last = how.get("max_pages", PAGES_MAX)
    for number in range(1, last + 1):
        answer = asker.ask(request, left)
        left -= answer.size if gathered else 0
        items = _items(answer.body, how)
        count += len(items)
        following = _following(answer, how, home, number, count, len(items))
        yield Page(answer, items, following is not None)
        if following is None or number == last:
            return
        if origin(following) != origin(home):
            raise _wrong(f'the next page is elsewhere, at "{shown(following)}"')
        following = signed(following, parameters, asker.config)
        if str(following) in seen:
            raise _wrong(f"page {number} leads back to one that was asked for")
        seen.add(str(following))
        request = _at(asker, request, following)


def _at(asker: Asker, request: Any, url: Any) -> Any:
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    return asker.client.build_request(request.method, url, headers=headers, content=request.content or None)


def _following(answer: Answer, how: Mapping[str, Any], home: Any, number: int, count: int, got: int) -> Any:
    """The address of the next page; None: this was the last."""
    if how["by"] == "link":
        link = _next_link(answer.headers.get("link", ""))
        return None if link is None else answer.url.join(link)
    if how["by"] == "cursor":
        cursor = _found(answer.body, how["next"])
        if cursor in (None, "", False):
            return None
        if isinstance(cursor, str) and cursor.startswith(("http://", "https://", "/")):
            return answer.url.join(cursor)
        if not isinstance(cursor, (str, int, float)):
            raise _wrong(f'"{how["next"]}" is {kind_named(cursor)}, expected a text or a number')
        return home.copy_merge_params({how.get("parameter", "cursor"): str(cursor)})
    if got < how.get("size", 1):
        return None
    return home.copy_merge_params(_counted(how, number, count))


def _counted(how: Mapping[str, Any], number: int = 0, count: int = 0) -> dict[str, int]:
    """The query parameters of the page after `number` pages with `count` items; none where pages are not counted."""
    by = how["by"]
    if by not in ("page", "offset"):
        return {}
    place = how.get("start", 1) + number if by == "page" else how.get("start", 0) + count
    told = {how.get("parameter", by): place}
    if "size_parameter" in how:
        told[how["size_parameter"]] = how["size"]
    return told


def _next_link(header: str) -> str | None:
    """The target of `rel="next"` in a Link header (RFC 8288); None where there is none."""
    rest = header
    while "<" in rest:
        target, _, rest = rest.partition("<")[2].partition(">")
        parameters, _, following = rest.partition("<")
        for parameter in parameters.split(";"):
            name, _, value = parameter.strip(" ,\t").partition("=")
            if name.strip().lower() == "rel" and "next" in value.strip(' "').lower().split():
                return target.strip()
        rest = "<" + following if following else ""
    return None


def _items(body: Any, how: Mapping[str, Any]) -> list[Any]:
    path = how.get("items")
    found = body if path is None else _found(body, path)
    if found is None:
        return []
    if not isinstance(found, list):
        what = "the body" if path is None else f'"{path}" of the body'
        hint = "`paginate.items` says where the list stands" if path is None else None
        raise _wrong(f"{what} is {kind_named(found)}, expected a list", hint)
    return found


def _found(body: Any, path: str) -> Any:
    """What stands in a body at a path of names, `a.b`; None where nothing does."""
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _wrong(message: str, hint: str | None = None) -> ToolError:
    return ToolError(message, type="data", code="pagination", hint=hint)
