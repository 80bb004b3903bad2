"""The bytes of an answer -> its body, never larger than the limit however well it was compressed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from engine.errors import ToolError
from engine.tools.jsonable import from_json_text

ENCODINGS = "gzip, deflate"
"""What is asked for: what can be decompressed piece by piece with the standard library."""
PIECE = 64 * 1024


def read_body(pieces: Iterable[bytes], encoding: str, limit: int, look: Callable[[], None]) -> bytes:
    """All of the body, decompressed. `look` is called between pieces (it may raise). Raises ToolError."""
    kept = bytearray()
    for piece in _decoded(pieces, encoding.strip().lower(), look):
        kept += piece
        if len(kept) > limit:
            message = f"the body is larger than {limit} bytes"
            raise ToolError(message, type="too_large", hint="raise `max_bytes`")
    return bytes(kept)


def _decoded(pieces: Iterable[bytes], encoding: str, look: Callable[[], None]) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        for piece in pieces:
            look()
            yield piece
    elif encoding in ("gzip", "x-gzip", "deflate"):
        yield from _inflated(pieces, encoding, look)
    else:
        raise ToolError(
            f'the body is compressed as "{encoding}", expected {ENCODINGS}', type="data", code="encoding"
        )


def _inflated(pieces: Iterable[bytes], encoding: str, look: Callable[[], None]) -> Iterator[bytes]:
    """Decompressed in small pieces: a kilobyte may hold a megabyte."""
    inflate: Any = None
    try:
        for piece in pieces:
            if inflate is None:
                inflate = zlib.decompressobj(_window(piece, encoding))
            waiting = piece
            while waiting:
                look()
                yield inflate.decompress(waiting, PIECE)
                waiting = inflate.unconsumed_tail
    except zlib.error as error:
        raise ToolError(f"the body is not {encoding}: {error}", type="data", code="encoding") from None
    if inflate is not None and not inflate.eof:
        raise ToolError(f"the body ends in the middle of its {encoding}", type="connection", code="encoding")


def _window(first: bytes, encoding: str) -> int:
    """`deflate` should be zlib's format, and often is the bare stream."""
    if encoding != "deflate":
        return 16 + zlib.MAX_WBITS
    return zlib.MAX_WBITS if first[0] & 0x0F == 8 else -zlib.MAX_WBITS


def as_value(content: bytes, content_type: str, charset: str | None, warnings: list[str]) -> Any:
    """JSON where the content type says so, else text; null if empty. Raises ToolError `data`."""
    if not content:
        return None
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return from_json_text(content, "the body", warnings)
    try:
        text = content.decode(charset or "utf-8", "replace")
    except LookupError:
        warnings.append(f'the body\'s charset "{charset}" is not known: read as utf-8')
        text = content.decode("utf-8", "replace")
    if "\ufffd" in text:
        warnings.append(f"the body is not all {charset or 'utf-8'} text: what is not became U+FFFD")
    return text
