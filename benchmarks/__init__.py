"""What Weft costs, told as ratios to a bare baseline measured in the same run.

    python benchmarks/run.py [--small] [--only NAME] [--json FILE] [--folder DIR]

Laws. A figure stands beside what the same machine does without an engine, measured in turns with it. Nothing
decides on a timing: the exit code says only whether every benchmark ran to its end. A run that does not succeed
is an error, never a fast run.
"""
