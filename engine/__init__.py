"""Weft: a declarative workflow engine."""
