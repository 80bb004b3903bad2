"""`file`: the files of the project. The rules of paths are in `engine.tools.confined`, the formats beside
this file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.tools.confined import replace_atomically
from engine.tools.core.file.listing import list_files
from engine.tools.core.file.reading import delimiter_of, format_of, read_file
from engine.tools.core.file.streaming import stream_file
from engine.tools.core.file.writing import write_content
from engine.tools.jsonable import to_json
from engine.tools.port import CallContext, Records, Result

MAX_FILES = 10_000


class File:
    """Reads, writes and lists; keeps nothing open between calls."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        if operation == "write":
            return _write(parameters, context)
        if operation == "list":
            files = list_files(parameters["pattern"], parameters.get("max_files", MAX_FILES), context)
            return Result(data={"files": files, "count": len(files)}, processed_records=len(files))
        result = Result()
        streamed = stream_file(parameters, context, result.warnings) if context.streams else None
        if streamed is not None:
            result.data = streamed
            return result
        result.data = read_file(parameters, context.project_dir, result.warnings)
        result.processed_records = result.data["count"]
        return result

    def close(self) -> None:
        pass


def _write(parameters: Mapping[str, Any], context: CallContext) -> Result:
    result = Result()
    content = parameters["content"]
    if not isinstance(content, Records):
        content = to_json(content, result.warnings, at="content")
    with replace_atomically(parameters["path"], context.project_dir) as stream:
        look = context.check_cancelled
        records = write_content(stream, format_of(parameters), content, delimiter_of(parameters), look)
        size = stream.tell()
        context.check_cancelled()
    result.data = {"path": parameters["path"], "bytes": size, "records": records}
    result.processed_records = records
    return result
