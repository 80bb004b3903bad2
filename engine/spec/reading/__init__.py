"""A decoded text to a position-keeping tree: one reader for YAML, one for JSON.

Comes in: a Source. Goes out: a Tree, or None, and every problem found. Each form has its reader (`yaml_reader`,
`json_reader`) and a place where its syntax errors are told in the author's words (`yaml_errors`, `json_errors`);
what both count, refuse and say alike stands in `findings`, `keys`, `refused` and `node_bounds`. Refuses to know
files, encodings and what the keys mean.
"""
