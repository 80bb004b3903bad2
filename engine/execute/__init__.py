"""The only floor that sleeps, reads clocks and starts threads: performs the machine's wishes and records the facts.

Comes in: a plan, a journal, tools, a clock. Goes out: an ended (or interrupted) run and everything recorded on the way.
"""
