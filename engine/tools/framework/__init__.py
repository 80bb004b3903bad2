"""What every tool gets without writing it: the settings of its connection, and what the engine does for it by them.

settings.py   what a connection says, with what holds where it says nothing
rates.py      how many calls in which time
tokens.py     the buckets of one process
cached.py     results kept for another call: what one is, and those of one process
cache_key.py  which calls are the same

Knows no run, no step and no loop: `engine.execute` asks. A tool used without a connection has none of this.
"""
