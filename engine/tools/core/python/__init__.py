"""python: calls a function of the project."""
