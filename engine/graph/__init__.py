"""Workflow -> Plan: who waits for whom, which step reads which, as plain data that the machine and the checks read.

Comes in: the parsed workflow. Goes out: a `Plan` and what is wrong with the graph. Refuses to know tools and running.
networkx is imported only to show a cycle, to draw and to analyse.
"""

from engine.graph.compile import compile_workflow
from engine.graph.link import DEPTH_MAX, STEPS_MAX, link
from engine.graph.plan import Plan, PlanStep, Space

__all__ = ["DEPTH_MAX", "STEPS_MAX", "Plan", "PlanStep", "Space", "compile_workflow", "link"]
