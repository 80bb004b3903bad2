"""Spec files to measure with, made as text."""

from __future__ import annotations

from benchmarks.shapes import Graph

SMALL = """\
weft: 1
name: three-steps
steps:
  - id: first
    tool: echo
    with: {n: 1}
  - id: second
    tool: echo
    with: {n: 2, before: $<step_first_result.n>}
  - id: third
    tool: echo
    with: {n: 3, before: $<step_second_result.n>}
outputs:
  last: $<step_third_result.n>
"""

FOREACH = """\
weft: 1
name: many-items
inputs:
  items: {type: array}
steps:
  - id: each
    tool: echo
    foreach: {in: $<inputs.items>, concurrency: 32}
    with: {n: $<item>, before: $<index>}
"""

_PIECE = """\
      - {id: one, tool: echo, with: {n: GIVEN}}
      - {id: two, tool: echo, with: {n: $<step_one_result.n>}}
      - {id: three, tool: echo, with: {n: $<step_two_result.n>}}
"""

_OF_ITEMS = """\
weft: 1
name: pieces
inputs:
  items: {type: array}
"""

_CALLED = f"""\
workflows:
  piece:
    inputs: {{n: {{type: integer}}}}
    steps:
{_PIECE.replace("GIVEN", "$<inputs.n>")}
    outputs: {{n: $<step_three_result.n>}}
"""

LOOP_OF_CALLS = f"""\
{_OF_ITEMS}
steps:
  - id: each
    foreach: {{in: $<inputs.items>, concurrency: 32}}
    workflow: piece
    with: {{n: $<item>}}
{_CALLED}"""

LOOP_OF_GROUPS = f"""\
{_OF_ITEMS}
steps:
  - id: each
    foreach: {{in: $<inputs.items>, concurrency: 32}}
    steps:
{_PIECE.replace("GIVEN", "$<item>")}
    outputs: {{n: $<step_three_result.n>}}
"""

_HEAD = """\
weft: 1
name: generated
mode: dag
inputs:
  day: {type: string, default: "2026-01-31"}
steps:
"""

_STEP = """\
  - id: part_{n}
    description: "Load part {n}, then hand its number on: nothing is skipped"
    tool: echo
    with:
      part: {n}
      source: "s3://bucket/$<inputs.day>/part-{n}.parquet"
      before: {before}
      earlier: {earlier}
      note: 'quoted, with a comma, a # sign and ${HOME}'
    timeout: 30s
    on_error: fail
    retry: {attempts: 3, delay: 1s, backoff: exponential}
"""


def realistic(size: int) -> str:
    """A workflow of twelve lines a step: plain paths for most references, an expression of its own in every tenth."""
    parts = [_HEAD]
    for n in range(size):
        before = f"$<step_part_{n - 1}_result.part>" if n else "0"
        if n % 10 == 9:
            before = f"$<step_part_{n - 1}_result.part + {n}>"
        earlier = f"$<step_part_{n // 2}_result.part>" if n > 1 else "0"
        text = _STEP.replace("{n}", str(n)).replace("{before}", before)
        parts.append(text.replace("{earlier}", earlier))
    return "".join(parts)


def calls_written_out(size: int) -> str:
    """A workflow of so many steps that call the same sub-workflow of three steps, independently of each other."""
    steps = "".join(f"  - {{id: c{n}, workflow: piece, with: {{n: {n}}}}}\n" for n in range(size))
    return f"weft: 1\nname: calls\nmode: dag\nsteps:\n{steps}{_CALLED}"


def steps_written_out(size: int) -> str:
    """The same without calls: three steps for each, where the call stood."""
    out = ["weft: 1\nname: inline\nmode: dag\nsteps:\n"]
    for n in range(size):
        out.append(f"  - {{id: one_{n}, tool: echo, with: {{n: {n}}}}}\n")
        out.append(f"  - {{id: two_{n}, tool: echo, with: {{n: $<step_one_{n}_result.n>}}}}\n")
        out.append(f"  - {{id: three_{n}, tool: echo, with: {{n: $<step_two_{n}_result.n>}}}}\n")
    return "".join(out)


def of_graph(
    graph: Graph,
    *,
    tool: str = "echo",
    expression: str = "",
    timeout: str = "",
    concurrency: int | str = "all",
) -> str:
    """A workflow whose step `s3` passes `{n: 3, before: [the n of each need]}` on.

    `expression` is appended to every path (` + 0` makes each a general expression); `timeout` is armed on every step.
    """
    out = ["weft: 1", "name: graph", "mode: dag", f"concurrency: {concurrency}", "steps:"]
    armed = f", timeout: {timeout}" if timeout else ""
    for n, needs in enumerate(graph):
        reads = ", ".join(f"'$<step_s{need}_result.n{expression}>'" for need in needs)
        out.append(f"  - {{id: s{n}, tool: {tool}{armed}, with: {{n: {n}, before: [{reads}]}}}}")
    return "\n".join(out) + "\n"
